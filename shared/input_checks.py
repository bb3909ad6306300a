"""Checks of an input that report everything that is wrong with it, each error with its field, not the first alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec

from entrepot.shared.errors import DomainError, InputErrors

P = ParamSpec("P")


class InputCheck:
    """Runs checks and keeps what they raise."""

    def __init__(self) -> None:
        self._errors: list[DomainError] = []

    def run(self, check: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call the check; its error is reported with the others."""
        try:
            check(*args, **kwargs)
        except InputErrors as several:
            self._errors += several.errors
        except DomainError as error:
            self._errors.append(error)

    def finish(self) -> None:
        """Raise what the checks raised: one error as it is, several as InputErrors."""
        if len(self._errors) > 1:
            raise InputErrors(self._errors)
        if self._errors:
            raise self._errors[0]


@contextmanager
def check_input() -> Iterator[InputCheck]:
    """Checks whose errors are raised together at the end of the block."""
    checks = InputCheck()
    yield checks
    checks.finish()
