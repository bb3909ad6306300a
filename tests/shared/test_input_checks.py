"""Checks that report everything that is wrong."""

from __future__ import annotations

import pytest

from entrepot.shared.errors import InputErrors, InvalidInput
from entrepot.shared.input_checks import check_input


def refuse(name: str) -> None:
    raise InvalidInput(f"{name} is wrong.", path=(name,))


def check(*names: str) -> None:
    with check_input() as checks:
        checks.run(len, "")
        for name in names:
            checks.run(refuse, name)


class TestCheckInput:
    def test_nothing_wrong_raises_nothing(self) -> None:
        check()

    def test_one_error_is_itself(self) -> None:
        with pytest.raises(InvalidInput, match=r"a is wrong\."):
            check("a")

    def test_several_are_raised_together_in_their_order(self) -> None:
        with pytest.raises(InputErrors) as caught:
            check("a", "b")
        assert [error.path for error in caught.value.errors] == [("a",), ("b",)]
        assert caught.value.message == "a is wrong. b is wrong."

    def test_checks_of_checks_are_one_list(self) -> None:
        def outer() -> None:
            with check_input() as checks:
                checks.run(check, "a", "b")
                checks.run(check, "c")

        with pytest.raises(InputErrors) as caught:
            outer()
        assert [error.path for error in caught.value.errors] == [("a",), ("b",), ("c",)]

    def test_a_fault_of_ours_is_raised_at_once(self) -> None:
        def broken() -> None:
            with check_input() as checks:
                checks.run(refuse, "a")
                checks.run(int, "x")

        with pytest.raises(ValueError, match="invalid literal"):
            broken()
