"""What inventory answers to orders and the catalog, once, twice and too late."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from entrepot.shared.events.contracts.inventory import (
    ReservationCommitted,
    ReservationHeld,
    ReservationRefused,
    ReservationReleased,
    Shortage,
    StockChanged,
)
from entrepot.subgraphs.inventory.config import InventoryDependencies, InventorySettings
from entrepot.subgraphs.inventory.repository import InventoryRepository
from tests.support.stock_room import ORDER, StockRoom, hold_request, variant_changed
from tests.support.subgraphs import STAFF

HELD = ReservationHeld(reservation_id="o1", reference=ORDER)
RELEASED = ReservationReleased(reservation_id="o1", reference=ORDER)
COMMITTED = ReservationCommitted(reservation_id="o1", reference=ORDER)


def refused(reason: str) -> ReservationRefused:
    return ReservationRefused(reservation_id="o1", reference=ORDER, reason=reason)


class TestHold:
    async def test_sets_all_of_it_aside(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        await room.stock("b", 3)
        answer = await room.hold("o1", a=2, b=3)
        assert HELD in answer
        assert {(event.variant_id, event.available) for event in answer if isinstance(event, StockChanged)} == {
            ("a", 3),
            ("b", 0),
        }
        assert await room.balances() == {("a", "main"): (5, 2), ("b", "main"): (3, 3)}
        await room.check_books()

    async def test_adds_up_lines_of_one_variant(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        request = hold_request("o1", a=3)
        assert HELD not in await room.tell(replace(request, lines=request.lines * 2))
        assert await room.balances() == {("a", "main"): (5, 0)}

    async def test_of_too_much_holds_nothing_at_all(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        await room.stock("b", 1)
        shortages = (
            Shortage(variant_id="b", wanted=2, available=1),
            Shortage(variant_id="never_seen", wanted=1, available=0),
        )
        answer = await room.hold("o1", a=2, b=2, never_seen=1)
        assert answer == [
            ReservationRefused(reservation_id="o1", reference=ORDER, reason="OUT_OF_STOCK", shortages=shortages)
        ]
        assert await room.balances() == {("a", "main"): (5, 0), ("b", "main"): (1, 0)}
        await room.check_books()

    async def test_is_filled_from_several_locations(self, room: StockRoom) -> None:
        await room.stock("a", 2, "main")
        await room.adjust("a", 3, "north")
        assert HELD in await room.hold("o1", a=4)
        assert await room.balances() == {("a", "main"): (2, 1), ("a", "north"): (3, 3)}
        assert RELEASED in await room.release("o1")
        assert await room.balances() == {("a", "main"): (2, 0), ("a", "north"): (3, 0)}
        await room.check_books()

    async def test_asked_twice_holds_once_and_answers_twice(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        await room.hold("o1", a=2)
        assert await room.hold("o1", a=2) == [HELD]
        assert await room.balances() == {("a", "main"): (5, 2)}

    async def test_delivered_twice_takes_effect_once(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        envelope = room.subgraph.envelope(hold_request("o1", a=2))
        await room.subgraph.published()
        await room.subgraph.receive_again(envelope)
        await room.subgraph.receive_again(envelope)
        assert (await room.subgraph.published()).count(HELD) == 1
        assert await room.balances() == {("a", "main"): (5, 2)}

    async def test_refused_once_stays_refused(self, room: StockRoom) -> None:
        await room.stock("a", 1)
        await room.hold("o1", a=2)
        await room.adjust("a", 9)
        assert await room.hold("o1", a=2) == [refused("OUT_OF_STOCK")]
        assert await room.balances() == {("a", "main"): (10, 0)}

    async def test_after_its_release_is_refused(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        assert await room.release("o1") == [RELEASED]
        assert await room.hold("o1", a=1) == [refused("RELEASED")]
        assert await room.balances() == {("a", "main"): (5, 0)}

    @pytest.mark.parametrize(("seconds", "quantity"), [(600, 0), (600, -1), (0, 1), (-1, 1)])
    async def test_that_makes_no_sense_is_buried(self, room: StockRoom, seconds: int, quantity: int) -> None:
        await room.stock("a", 5)
        await room.subgraph.published()
        delivery = asyncio.create_task(room.subgraph.receive(hold_request("o1", seconds, a=quantity)))
        while not delivery.done():
            room.subgraph.clock.advance(10)
            await asyncio.sleep(0)
        assert await room.subgraph.published() == []
        assert await room.balances() == {("a", "main"): (5, 0)}
        assert await room.statuses() == {}


class TestCommit:
    async def test_keeps_the_pieces_reserved(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        await room.hold("o1", a=2)
        assert await room.commit("o1") == [COMMITTED]
        assert await room.balances() == {("a", "main"): (5, 2)}
        await room.check_books()

    async def test_twice_is_answered_twice(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        await room.hold("o1", a=2)
        await room.commit("o1")
        assert await room.commit("o1") == [COMMITTED]
        await room.check_books()

    async def test_of_what_has_expired_is_refused(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        await room.hold("o1", seconds=10, a=2)
        room.subgraph.clock.advance(10)
        await room.subgraph.run_jobs()
        assert await room.commit("o1") == [refused("EXPIRED")]
        assert await room.balances() == {("a", "main"): (5, 0)}

    async def test_of_what_has_run_out_but_is_still_there_succeeds(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        await room.hold("o1", seconds=10, a=2)
        room.subgraph.clock.advance(10)
        assert await room.commit("o1") == [COMMITTED]
        await room.subgraph.run_jobs()
        assert await room.statuses() == {"o1": "COMMITTED"}

    async def test_of_nothing_is_refused(self, room: StockRoom) -> None:
        assert await room.commit("o1") == [refused("RELEASED")]
        await room.release("o1")
        assert await room.commit("o1") == [refused("RELEASED")]

    async def test_of_what_was_out_of_stock_says_so(self, room: StockRoom) -> None:
        await room.hold("o1", a=1)
        assert await room.commit("o1") == [refused("OUT_OF_STOCK")]


class TestRelease:
    @pytest.mark.parametrize("before", ["held", "committed"])
    async def test_gives_the_pieces_back(self, room: StockRoom, before: str) -> None:
        await room.stock("a", 5)
        await room.hold("o1", a=2)
        if before == "committed":
            await room.commit("o1")
        answer = await room.release("o1")
        assert [event.available for event in answer if isinstance(event, StockChanged)] == [5]
        assert RELEASED in answer
        assert await room.balances() == {("a", "main"): (5, 0)}
        await room.check_books()

    async def test_twice_gives_back_once(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        await room.hold("o1", a=2)
        await room.hold("o2", a=2)
        await room.release("o1")
        assert await room.release("o1") == [RELEASED]
        assert await room.balances() == {("a", "main"): (5, 2)}

    async def test_of_what_has_expired_is_answered(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        await room.hold("o1", seconds=1, a=2)
        room.subgraph.clock.advance(1)
        await room.subgraph.run_jobs()
        assert await room.release("o1") == [RELEASED]
        assert await room.statuses() == {"o1": "EXPIRED"}


class TestExpiry:
    async def test_gives_back_what_nobody_took_in_time(self, room: StockRoom) -> None:
        await room.stock("a", 500)
        for number in range(120):
            await room.hold(f"o{number}", seconds=60, a=1)
        await room.hold("late", seconds=61, a=1)
        room.subgraph.clock.advance(59)
        await room.subgraph.run_jobs()
        assert await room.balances() == {("a", "main"): (500, 121)}
        room.subgraph.clock.advance(1)
        await room.subgraph.published()
        await room.subgraph.run_jobs()
        changes = [event for event in await room.subgraph.published() if isinstance(event, StockChanged)]
        assert changes[-1].available == 499
        assert await room.balances() == {("a", "main"): (500, 1)}
        await room.check_books()


class TestVariants:
    async def test_of_an_older_revision_change_nothing(self, room: StockRoom) -> None:
        await room.subgraph.receive(variant_changed("a", 2, "NEW"), variant_changed("a", 1, "OLD"))
        assert await self.sku(room) == "NEW"
        await room.subgraph.receive(variant_changed("a", 3, "NEWEST"))
        assert await self.sku(room) == "NEWEST"

    async def test_get_opening_stock_in_a_demo_once(self, room: StockRoom) -> None:
        room.subgraph.transactions.dependencies = InventoryDependencies(InventorySettings(), opening_stock=25)
        await room.subgraph.receive(variant_changed("a", 1), variant_changed("a", 2), variant_changed("a", 1))
        changes = [event for event in await room.subgraph.published() if isinstance(event, StockChanged)]
        assert [(event.available, event.revision) for event in changes] == [(25, 1)]
        await room.check_books()

    async def test_get_none_otherwise(self, room: StockRoom) -> None:
        await room.know("a")
        assert await room.subgraph.published() == []

    async def sku(self, room: StockRoom) -> str:
        await room.adjust("a", 1)
        async with room.subgraph.process.database.read() as session:
            variant = await InventoryRepository(session).get_variant("a")
        assert variant is not None
        return variant.sku


class TestSeed:
    async def test_twice_makes_one_location(self, room: StockRoom) -> None:
        await room.subgraph.process.seed()
        await room.subgraph.process.seed()
        found = await room.subgraph.execute("{ locations { edges { node { code } } } }", STAFF)
        assert found["data"]["locations"]["edges"] == [{"node": {"code": "main"}}]


class TestRevisions:
    async def test_of_stock_grow_with_every_change(self, room: StockRoom) -> None:
        await room.stock("a", 5)
        for order in ("o1", "o2", "o3"):
            await room.subgraph.receive(hold_request(order, a=1))
        await room.subgraph.receive(hold_request("o4", a=9))
        changes = [event for event in await room.subgraph.published() if isinstance(event, StockChanged)]
        assert [(event.revision, event.available) for event in changes] == [(1, 5), (2, 4), (3, 3), (4, 2)]
