"""Every mutation of inventory six times at once: what comes out is what some order of them would give."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from entrepot.shared.events.contracts.inventory import StockChanged
from entrepot.subgraphs.inventory.api.mutations import MUTATIONS
from tests.subgraphs.inventory.test_api import ADJUST, CREATE_LOCATION, adjust
from tests.support.stock_room import StockRoom
from tests.support.subgraphs import STAFF

CALLS: Final = 6
LOCATIONS: Final = "{ locations(first: 50) { edges { node { id code } } } }"
Case = Callable[[StockRoom], Awaitable[None]]


async def create(room: StockRoom, **given: Any) -> dict[str, Any]:
    given = {"code": "north", "name": "North", "idempotencyKey": "key", **given}
    response = await room.subgraph.execute(CREATE_LOCATION, STAFF, input=given)
    assert "errors" not in response
    payload: dict[str, Any] = response["data"]["createLocation"]
    return payload


def count_codes(payloads: list[dict[str, Any]], shown: str) -> Counter[str]:
    """How often each outcome came: OK, or the code of the one refusal."""
    return Counter("OK" if payload[shown] else payload["errors"][0]["code"] for payload in payloads)


async def create_with_the_same_key(room: StockRoom) -> None:
    payloads = await asyncio.gather(*(create(room) for _ in range(CALLS)))
    assert payloads[0]["errors"] == []
    assert payloads == [payloads[0]] * CALLS
    await check_locations(room, {"north": payloads[0]["location"]["id"]})


async def create_one_code_with_many_keys(room: StockRoom) -> None:
    payloads = await asyncio.gather(*(create(room, idempotencyKey=f"{number}") for number in range(CALLS)))
    assert count_codes(payloads, "location") == {"OK": 1, "LOCATION_CODE_TAKEN": CALLS - 1}
    (made,) = [payload["location"]["id"] for payload in payloads if payload["location"]]
    await check_locations(room, {"north": made})


async def check_locations(room: StockRoom, expected: dict[str, str]) -> None:
    found = await room.subgraph.execute(LOCATIONS, STAFF)
    nodes = [edge["node"] for edge in found["data"]["locations"]["edges"]]
    assert {node["code"]: node["id"] for node in nodes} == expected


async def adjust_with_the_same_key(room: StockRoom) -> None:
    await room.stock("a", 1)
    payloads = await asyncio.gather(*(adjust(room) for _ in range(CALLS)))
    assert {payload["movement"]["id"] for payload in payloads} == {payloads[0]["movement"]["id"]}
    assert await room.balances() == {("a", "main"): (4, 0)}


async def adjust_one_stock_with_many_keys(room: StockRoom) -> None:
    await room.stock("a", 1)
    await room.listen()
    payloads = await asyncio.gather(*(adjust(room, delta=1, idempotencyKey=f"{number}") for number in range(CALLS)))
    assert sorted(payload["stockLevel"]["onHand"] for payload in payloads) == list(range(2, CALLS + 2))
    assert await room.balances() == {("a", "main"): (CALLS + 1, 0)}
    changes = [event for event in await room.listen() if isinstance(event, StockChanged)]
    assert sorted(event.available for event in changes) == list(range(2, CALLS + 2))


async def take_more_than_there_is(room: StockRoom) -> None:
    await room.stock("a", 4)
    payloads = await asyncio.gather(*(adjust(room, delta=-1, idempotencyKey=f"{number}") for number in range(CALLS)))
    assert count_codes(payloads, "movement") == {"OK": 4, "STOCK_RESERVED": CALLS - 4}
    assert await room.balances() == {("a", "main"): (0, 0)}


async def adjust_crossing_stocks(room: StockRoom) -> None:
    await room.stock("a", 1)
    await room.stock("b", 1)
    wanted = [("a", "b") if number % 2 else ("b", "a") for number in range(CALLS)]
    calls = [
        adjust(room, variantId=variant, delta=1, idempotencyKey=f"{number} {variant}")
        for number, variants in enumerate(wanted)
        for variant in variants
    ]
    payloads = await asyncio.gather(*calls)
    assert count_codes(payloads, "movement") == {"OK": 2 * CALLS}
    assert await room.balances() == {("a", "main"): (CALLS + 1, 0), ("b", "main"): (CALLS + 1, 0)}


CASES: Final[dict[str, tuple[Case, ...]]] = {
    "createLocation": (create_with_the_same_key, create_one_code_with_many_keys),
    "adjustStock": (
        adjust_with_the_same_key,
        adjust_one_stock_with_many_keys,
        take_more_than_there_is,
        adjust_crossing_stocks,
    ),
}


def test_the_table_has_every_mutation() -> None:
    assert set(CASES) == {each.name for each in MUTATIONS}


@pytest.mark.parametrize("case", [case for cases in CASES.values() for case in cases], ids=lambda case: case.__name__)
async def test_at_once(room: StockRoom, case: Case) -> None:
    await case(room)
    await room.check_books()


@pytest.mark.parametrize(
    ("document", "given", "fields"),
    [
        (
            CREATE_LOCATION,
            {"code": "Not a code", "name": " ", "idempotencyKey": ""},
            [["code"], ["name"], ["idempotencyKey"]],
        ),
        (
            ADJUST,
            {"variantId": "none", "locationId": "none", "delta": 0, "reason": " ", "idempotencyKey": "\n"},
            [["delta"], ["reason"], ["idempotencyKey"]],
        ),
    ],
)
async def test_one_error_for_each_field(
    room: StockRoom, document: str, given: dict[str, Any], fields: list[list[str]]
) -> None:
    (payload,) = (await room.subgraph.execute(document, STAFF, input=given))["data"].values()
    assert [error["path"] for error in payload["errors"]] == fields
    assert {error["code"] for error in payload["errors"]} == {"BAD_USER_INPUT"}
