"""No oversell: many at once, and whatever comes in whatever order."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.shared.events.contracts.inventory import ReservationHeld, ReservationRefused, StockChanged
from entrepot.subgraphs.inventory.errors import StockReserved
from tests.support.stock_room import StockRoom, hold_request
from tests.support.subgraphs import open_subgraph

ORDERS = st.sampled_from([f"o{number}" for number in range(6)])
VARIANTS = st.sampled_from("ab")
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("hold"), ORDERS, st.dictionaries(VARIANTS, st.integers(1, 4), min_size=1), st.integers(1, 30)
        ),
        st.tuples(st.just("commit"), ORDERS),
        st.tuples(st.just("release"), ORDERS),
        st.tuples(st.just("adjust"), VARIANTS, st.integers(-5, 5).filter(bool), st.sampled_from(["main", "north"])),
        st.tuples(st.just("wait"), st.integers(1, 20)),
        st.tuples(st.just("repeat"), st.integers(0, 50)),
    ),
    min_size=10,
    max_size=30,
)


class TestManyAtOnce:
    async def test_200_buyers_of_10_pieces(self, room: StockRoom) -> None:
        await room.stock("a", 6, "main")
        await room.adjust("a", 4, "north")
        await room.subgraph.published()
        await asyncio.gather(*(room.subgraph.receive(hold_request(f"o{number}", a=1)) for number in range(200)))
        answers = await room.subgraph.published()
        assert sum(isinstance(answer, ReservationHeld) for answer in answers) == 10
        assert sum(isinstance(answer, ReservationRefused) for answer in answers) == 190
        assert await room.balances() == {("a", "main"): (6, 6), ("a", "north"): (4, 4)}
        await room.check_books()

    async def test_opposite_orders_of_lines_with_releases_between(self, room: StockRoom) -> None:
        await room.stock("a", 50)
        await room.stock("b", 50)
        wanted = [{"a": 1, "b": 2}, {"b": 2, "a": 1}]
        await asyncio.gather(
            *(room.subgraph.receive(hold_request(f"o{number}", **wanted[number % 2])) for number in range(40)),
            *(room.release(f"o{number}") for number in range(0, 40, 3)),
        )
        await room.check_books()

    async def test_one_order_asked_for_by_many(self, room: StockRoom) -> None:
        await room.stock("a", 50)
        await asyncio.gather(*(room.subgraph.receive(hold_request("o1", a=2)) for _ in range(20)))
        assert await room.balances() == {("a", "main"): (50, 2)}


class TestWhateverComes:
    @settings(max_examples=25, deadline=None)
    @given(STEPS)
    def test_the_books_agree(self, steps: list[tuple[object, ...]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(self.play(Path(folder), steps))

    async def play(self, folder: Path, steps: list[tuple[object, ...]]) -> None:
        async with open_subgraph("inventory", folder) as subgraph:
            room = StockRoom(subgraph)
            await room.know("a", "b")
            await room.open_location("main")
            await room.open_location("north")
            for number, step in enumerate(steps):
                await self.take(room, step, steps[:number])
                await room.listen()
                await room.check_books()
                await self.check_announced(room)

    async def take(self, room: StockRoom, step: tuple[object, ...], before: list[tuple[object, ...]]) -> None:
        match step:
            case ("hold", str(order), dict(wanted), int(seconds)):
                await room.hold(order, seconds, **wanted)
            case ("commit", str(order)):
                was = (await room.statuses()).get(order)
                answers = await room.commit(order)
                is_committed = was in ("HELD", "COMMITTED")
                assert [type(answer).__name__ for answer in answers] == [
                    "ReservationCommitted" if is_committed else "ReservationRefused"
                ]
            case ("release", str(order)):
                await room.release(order)
                assert (await room.statuses())[order] in ("RELEASED", "EXPIRED")
            case ("adjust", str(variant), int(delta), str(code)):
                on_hand, reserved = (await room.balances()).get((variant, code), (0, 0))
                try:
                    await room.adjust(variant, delta, code)
                except StockReserved:
                    assert on_hand + delta < reserved
                else:
                    assert on_hand + delta >= reserved
            case ("wait", int(seconds)):
                room.subgraph.clock.advance(seconds)
                await room.subgraph.run_jobs()
            case ("repeat", int(position)) if before:
                repeated = before[position % len(before)]
                if repeated[0] in ("hold", "commit", "release"):
                    await self.take(room, repeated, [])

    async def check_announced(self, room: StockRoom) -> None:
        """What was told last of each variant is what is so, and no revision was told twice."""
        available: dict[str, int] = {}
        for (variant, _), (on_hand, reserved) in (await room.balances()).items():
            available[variant] = available.get(variant, 0) + on_hand - reserved
        told: dict[str, list[StockChanged]] = {}
        for event in room.heard:
            if isinstance(event, StockChanged):
                told.setdefault(event.variant_id, []).append(event)
        assert {variant: events[-1].available for variant, events in told.items()} == available
        for events in told.values():
            revisions = [event.revision for event in events]
            assert revisions == sorted(set(revisions))
