"""Idempotency keys: bound to caller, operation and input."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from entrepot.shared.errors import IdempotencyConflict, InvalidInput
from entrepot.shared.events.inbox.idempotency import check_key, claim_key, hash_input, keep_result, release_key
from tests.support.kernel import Kernel

CALL = {"caller": "usr_1", "operation": "createThing", "key": "k", "input_hash": hash_input({"name": "x"})}


@dataclass
class Line:
    sku: str
    price: Decimal


async def make(kernel: Kernel, **changes: str) -> str | None:
    """What the key made before; when it is new, it makes thg_1 now."""
    async with kernel.transactions.begin() as unit:
        claim = await claim_key(unit, **(CALL | changes))
        if claim.result is None:
            await keep_result(unit, claim, "thg_1")
        return claim.result


async def test_the_same_call_finds_what_it_made(kernel: Kernel) -> None:
    assert await make(kernel) is None
    assert await make(kernel) == "thg_1"


async def test_another_input_is_a_conflict(kernel: Kernel) -> None:
    await make(kernel)
    with pytest.raises(IdempotencyConflict) as caught:
        await make(kernel, input_hash=hash_input({"name": "y"}))
    assert caught.value.path == ("idempotencyKey",)


@pytest.mark.parametrize("change", [{"caller": "usr_2"}, {"operation": "dropThing"}, {"key": "K"}])
async def test_keys_of_others_are_other_keys(kernel: Kernel, change: dict[str, str]) -> None:
    await make(kernel)
    assert await make(kernel, **change) is None


async def test_of_many_at_once_one_makes_it_and_the_others_wait_for_it(kernel_on_each: Kernel) -> None:
    found = await asyncio.gather(*(make(kernel_on_each) for _ in range(8)))
    assert sorted(found, key=str) == [None, *["thg_1"] * 7]


async def test_who_waits_takes_the_key_when_the_first_is_rolled_back(kernel_on_each: Kernel) -> None:
    held = asyncio.Event()

    async def fail() -> None:
        async with kernel_on_each.transactions.begin() as unit:
            await claim_key(unit, **CALL)
            held.set()
            await asyncio.sleep(0.1)
            raise KeyError

    failing = asyncio.create_task(fail())
    await held.wait()
    assert await make(kernel_on_each) is None
    with pytest.raises(KeyError):
        await failing


async def test_a_key_that_is_given_up_is_new_again(kernel: Kernel) -> None:
    async with kernel.transactions.begin() as unit:
        await release_key(unit, await claim_key(unit, **CALL))
    assert await make(kernel) is None


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
