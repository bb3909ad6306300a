"""Several workers of one inventory: groups of effects that lock the same variants never deadlock."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from entrepot.shared.db import lock_rows
from entrepot.shared.events import Consumer, Event
from entrepot.shared.events.contracts.inventory import CommitStock, ReleaseStock
from entrepot.subgraphs.inventory.models import KnownVariant
from tests.support.postgres import DatabasesOfTests
from tests.support.stock_room import ORDER, StockRoom, hold_request, variant_changed
from tests.support.subgraphs import SubgraphUnderTest, open_subgraph
from tests.support.worker_groups import build_workers, count_deadlocks, deal

VARIANTS = [f"var_{number:02d}" for number in range(20)]
ORDERS = 120
PIECES = 10_000


@pytest.fixture
async def room(tmp_path: Path, databases: DatabasesOfTests) -> AsyncIterator[StockRoom]:
    async with open_subgraph("inventory", tmp_path, url=await databases.lend("inventory")) as subgraph:
        room = StockRoom(subgraph)
        for variant in VARIANTS:
            await room.stock(variant, PIECES)
        yield room


async def deal_events(subgraph: SubgraphUnderTest, workers: Sequence[Consumer[Any]], events: Sequence[Event]) -> None:
    await deal(workers, [subgraph.envelope(event) for event in events])


@pytest.mark.parametrize("count", [2, 4])
async def test_no_two_groups_deadlock(room: StockRoom, count: int) -> None:
    subgraph, chance = room.subgraph, random.Random(count)
    before = await count_deadlocks(subgraph)
    workers = build_workers(subgraph, count)
    wanted = [dict.fromkeys(chance.sample(VARIANTS, 3), 1) for _ in range(ORDERS)]
    with capture_logs() as logs:
        await deal_events(
            subgraph,
            workers,
            [
                *(
                    hold_request(f"ord_{number:03d}", 600 if number % 4 else 1, **lines)
                    for number, lines in enumerate(wanted)
                ),
                *(variant_changed(variant, 100, f"NEW-{variant}") for variant in chance.sample(VARIANTS, 20)),
            ],
        )
        subgraph.clock.advance(2)
        later: list[Event] = []
        for number in range(ORDERS):
            order_id = f"ord_{number:03d}"
            if number % 4:
                ending = CommitStock if number % 4 == 1 else ReleaseStock
                later.append(ending(reservation_id=order_id, reference=ORDER))
            later.append(hold_request(f"ord_new_{number:03d}", **dict.fromkeys(chance.sample(VARIANTS, 3), 1)))
        chance.shuffle(later)
        # A quarter of the orders expires at the same time.
        await asyncio.gather(deal_events(subgraph, workers, later), subgraph.run_jobs())
    assert await count_deadlocks(subgraph) == before
    assert [entry["event"] for entry in logs if entry["log_level"] in ("error", "warning")] == []
    assert "consumer.group_failed" not in {entry["event"] for entry in logs}
    await room.check_books()
    statuses = list((await room.statuses()).values())
    assert {status: statuses.count(status) for status in set(statuses)} == {
        "EXPIRED": ORDERS // 4,
        "COMMITTED": ORDERS // 4,
        "RELEASED": ORDERS // 2,
        "HELD": ORDERS,
    }


async def test_what_another_worker_has_locked_holds_up_nothing_else(room: StockRoom) -> None:
    subgraph, (first, second, *_) = room.subgraph, VARIANTS
    orders = [hold_request(f"ord_{number}", **{second if number else first: 1}) for number in range(40)]
    async with subgraph.process.database.write() as other:
        await lock_rows(other, KnownVariant.id, [first])
        taking = asyncio.create_task(subgraph.receive_together(*orders))
        async with asyncio.timeout(30):
            while len(await room.statuses()) < len(orders) - 1:
                await asyncio.sleep(0.01)
        assert "ord_0" not in await room.statuses()
        assert not taking.done()
    await asyncio.wait_for(taking, 30)
    assert list((await room.statuses()).values()) == ["HELD"] * len(orders)
    await room.check_books()


async def test_a_group_locks_all_its_rows_in_one_statement(room: StockRoom) -> None:
    statements: list[str] = []
    stop = room.subgraph.process.database.count_statements(statements.append)
    await room.subgraph.receive_together(
        *(hold_request(f"ord_{number}", **dict.fromkeys(VARIANTS[number : number + 3], 1)) for number in range(8))
    )
    stop()
    assert len([statement for statement in statements if "FOR NO KEY UPDATE" in statement]) == 1
    assert set((await room.statuses()).values()) == {"HELD"}


async def test_new_variants_share_transactions_as_known_ones_do(room: StockRoom) -> None:
    """There is no row of theirs to lock, which is not to be taken for one that somebody holds."""
    statements: list[str] = []
    stop = room.subgraph.process.database.count_statements(statements.append)
    await room.subgraph.receive_together(*(variant_changed(f"new_{number:02d}") for number in range(24)))
    stop()
    assert len([statement for statement in statements if statement.startswith("INSERT INTO inbox")]) == 24 // 8
