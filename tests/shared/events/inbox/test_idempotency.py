"""Idempotency keys: bound to caller, operation and input."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from entrepot.shared.errors import IdempotencyConflict, InvalidInput
from entrepot.shared.events.inbox.idempotency import check_key, find_result, hash_input, keep_result
from tests.support.kernel import Kernel

CALL = {"caller": "usr_1", "operation": "createThing", "key": "k", "input_hash": hash_input({"name": "x"})}


@dataclass
class Line:
    sku: str
    price: Decimal


async def keep(kernel: Kernel, **changes: str) -> None:
    async with kernel.transactions.begin() as unit:
        await keep_result(unit, **(CALL | {"result": "thg_1"} | changes))


async def find(kernel: Kernel, **changes: str) -> str | None:
    async with kernel.database.read() as session:
        return await find_result(session, **(CALL | changes))


async def test_the_same_call_finds_what_it_made(kernel: Kernel) -> None:
    assert await find(kernel) is None
    await keep(kernel)
    assert await find(kernel) == "thg_1"


async def test_another_input_is_a_conflict(kernel: Kernel) -> None:
    await keep(kernel)
    with pytest.raises(IdempotencyConflict) as caught:
        await find(kernel, input_hash=hash_input({"name": "y"}))
    assert caught.value.path == ("idempotencyKey",)


@pytest.mark.parametrize("change", [{"caller": "usr_2"}, {"operation": "dropThing"}, {"key": "K"}])
async def test_keys_of_others_are_other_keys(kernel: Kernel, change: dict[str, str]) -> None:
    await keep(kernel)
    assert await find(kernel, **change) is None
    await keep(kernel, **change)


async def test_the_second_of_two_at_once_rolls_back(kernel: Kernel) -> None:
    await keep(kernel)
    with pytest.raises(IntegrityError):
        await keep(kernel)


async def test_is_kept_with_the_effect_or_not_at_all(kernel: Kernel) -> None:
    async def fail() -> None:
        async with kernel.transactions.begin() as unit:
            await keep_result(unit, **CALL, result="thg_1")
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert await find(kernel) is None


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": [1, 2]}, {"a": [2, 1]}, False),
        ({"a": 1}, {"a": "1"}, False),
        ({"a": None}, {}, False),
        (Line("x", Decimal("1.0")), Line("x", Decimal("1.0")), True),
        (Line("x", Decimal("1.0")), Line("y", Decimal("1.0")), False),
        ([Line("x", Decimal(1))], [{"sku": "x", "price": "1"}], True),
    ],
)
def test_the_hash_is_that_of_the_values(first: Any, second: Any, *, same: bool) -> None:
    assert (hash_input(first) == hash_input(second)) is same


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "a\0b", "\ud800"])
def test_keys_are_short_and_printable(key: str) -> None:
    with pytest.raises(InvalidInput):
        check_key(key)
    assert check_key("x" * 255)
