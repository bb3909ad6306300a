"""A delivery of many variants at once: each is booked and announced, or nothing is."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from entrepot.shared.errors import DomainError
from entrepot.shared.events.contracts.inventory import StockChanged
from entrepot.subgraphs.inventory import service
from entrepot.subgraphs.inventory.service.stock import MAX_ON_HAND
from tests.support.stock_room import StockRoom


async def deliver(room: StockRoom, quantities: Mapping[str, int], location_id: str | None = None) -> None:
    async with room.subgraph.transactions.begin() as unit:
        await service.receive_delivery(
            unit, location_id=location_id or room.locations["main"], quantities=quantities, reason="delivery"
        )


async def test_adds_to_what_is_there_and_opens_what_is_not(room: StockRoom) -> None:
    await room.stock("a", 5)
    await room.know("b")
    await room.listen()
    await deliver(room, {"a": 3, "b": 7})
    assert await room.balances() == {("a", "main"): (8, 0), ("b", "main"): (7, 0)}
    assert [
        (event.variant_id, event.available) for event in await room.listen() if isinstance(event, StockChanged)
    ] == [
        ("a", 8),
        ("b", 7),
    ]
    await room.check_books()


@pytest.mark.parametrize(
    ("quantities", "location", "code"),
    [
        ({}, None, "BAD_USER_INPUT"),
        ({"a": 1, "b": 0}, None, "BAD_USER_INPUT"),
        ({"a": 1, "b": -2}, None, "BAD_USER_INPUT"),
        ({"b": 1, "a": MAX_ON_HAND}, None, "BAD_USER_INPUT"),
        ({"a": 1, "unknown": 1}, None, "NOT_FOUND"),
        ({"a": 1}, "loc_none", "NOT_FOUND"),
    ],
)
async def test_is_refused_as_a_whole(
    room: StockRoom, quantities: dict[str, int], location: str | None, code: str
) -> None:
    await room.stock("a", 5)
    await room.know("b")
    await room.listen()
    with pytest.raises(DomainError) as refused:
        await deliver(room, quantities, location)
    assert refused.value.code == code
    assert await room.balances() == {("a", "main"): (5, 0)}
    assert await room.listen() == []
