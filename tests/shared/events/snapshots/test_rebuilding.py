"""A consumer that comes late, or whose read model is wrong, agrees with one that was there from the start."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, insert, inspect, text, update

from entrepot.shared.db import find_drift
from entrepot.shared.events.snapshots.page import read_page
from entrepot.shared.events.snapshots.rebuilding import RebuildStatus
from entrepot.shared.events.tables import KERNEL
from tests.support.kernel import TABLES as KERNEL_EFFECTS
from tests.support.kernel import Kernel
from tests.support.snapshots import NAMED_CARTS, NOTES, SEEN, TABLES, Publisher, Reader, cart_changed

Trade = tuple[Publisher, list[Kernel]]


def open_reader(trade: Trade) -> tuple[Publisher, Reader]:
    publisher, kernels = trade
    return publisher, Reader(kernels[0], publisher.bus)


async def fill(publisher: Publisher, count: int) -> None:
    for begin in range(0, count, 500):
        await publisher.publish(range(begin, min(begin + 500, count)))


async def go_on(publisher: Publisher, count: int, stop: asyncio.Event) -> int:
    """Carts change and new ones are published until it is enough; how many changes there were."""
    changes = 0
    while not stop.is_set():
        numbers = {(changes * 7919) % count, count + changes}
        await publisher.publish(sorted(numbers))
        await publisher.deliver()
        changes += 1
        await asyncio.sleep(0)
    return changes


async def compare(trade: Trade, count: int) -> None:
    publisher, kernels = trade
    first, late = (Reader(kernel, publisher.bus) for kernel in kernels)
    await first.listen()
    await fill(publisher, count)
    await publisher.deliver()
    # Nothing of this is in the outbox any more: the late one cannot have it from there.
    async with publisher.kernel.transactions.begin() as unit:
        await unit.session.execute(text("DELETE FROM outbox"))
    await late.listen()
    await late.request()
    stop = asyncio.Event()
    changing = asyncio.create_task(go_on(publisher, count, stop))
    await late.finish(publisher)
    stop.set()
    assert await changing > 5
    await publisher.deliver()
    assert await late.status() is RebuildStatus.COMPLETED
    assert (await late.rebuild()).received >= count
    assert await late.rows() == await first.rows()
    assert len(await late.rows()) > count
    # What comes after it reaches the table that serves now.
    await publisher.publish([1])
    await publisher.deliver()
    assert (await late.rows())[1] == (*(await first.rows())[1],)
    assert (await late.rows())[1][1] == publisher.revisions[1]


async def test_a_new_consumer_agrees_with_one_from_the_start(trade: Trade) -> None:
    await compare(trade, 4_000)


@pytest.mark.long
async def test_a_new_consumer_agrees_after_a_million(trade: Trade) -> None:
    await compare(trade, 1_000_000)


async def test_the_table_is_as_declared_after_it(trade: Trade) -> None:
    publisher, reader = open_reader(trade)
    await reader.listen()
    await fill(publisher, 10)
    for _ in range(2):
        await reader.request()
        await reader.finish(publisher)
        assert await reader.status() is RebuildStatus.COMPLETED
        assert await find_drift(reader.kernel.database, [KERNEL, KERNEL_EFFECTS, TABLES]) == []
    assert len(await reader.rows()) == 10


async def test_the_first_table_serves_and_hears_what_changes_until_the_swap(trade: Trade) -> None:
    publisher, reader = open_reader(trade)
    await reader.listen()
    await fill(publisher, 1_200)
    await publisher.deliver()
    await spoil(reader)
    spoiled = await reader.rows()
    await reader.request()
    await reader.step()
    await reader.step()
    assert await publisher.send_pages(1) == 1
    assert (await reader.rebuild()).received == 500
    assert await reader.rows() == spoiled
    # One that was sent, one that was not, and a new one.
    await publisher.publish([0, 1_100, 5_000])
    await publisher.deliver()
    assert [row[1] for row in await reader.rows() if row[0] in {"crt_0000000", "crt_0001100", "crt_0005000"}] == [
        2,
        2,
        1,
    ]
    await reader.finish(publisher)
    assert await reader.rows() == expect(publisher)


async def spoil(reader: Reader) -> None:
    """What a fault of ours could have done: rows are gone, are wrong, or are of no cart."""
    table = reader.model.table
    async with reader.kernel.transactions.begin() as unit:
        await unit.session.execute(delete(table).where(table.c.id < "crt_0000100"))
        await unit.session.execute(update(table).where(table.c.id < "crt_0000300").values(status="nonsense"))


def expect(publisher: Publisher) -> list[Any]:
    events = [cart_changed(number, revision) for number, revision in sorted(publisher.revisions.items())]
    return [tuple(SEEN.build_row(event).values()) for event in events]


async def test_a_table_that_others_refer_to_is_brought_up_to_date(trade: Trade) -> None:
    publisher, kernels = trade
    changed: list[Any] = []

    async def on_changed(_session: Any, keys: Any) -> None:
        changed.extend(keys)

    reader = Reader(kernels[0], publisher.bus, replace(SEEN, table=NAMED_CARTS, on_changed=on_changed))
    await reader.listen()
    await fill(publisher, 700)
    await publisher.deliver()
    await spoil(reader)
    async with reader.kernel.transactions.begin() as unit:
        await unit.session.execute(insert(NOTES).values(id=1, cart_id="crt_0000500"))
    await reader.request()
    await reader.finish(publisher)
    assert await reader.status() is RebuildStatus.COMPLETED
    assert await reader.rows() == expect(publisher)
    assert sorted(changed) == [f"crt_{number:07d}" for number in range(300)]
    assert len(await reader.kernel.rows(NOTES)) == 1
    async with reader.kernel.database.engine.connect() as connection:
        tables = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    assert not {table for table in tables if "rebuild" in table} - {"rebuilds"}


class TestCutOff:
    async def test_it_goes_on_where_it_was(self, trade: Trade) -> None:
        publisher, reader = open_reader(trade)
        await reader.listen()
        await fill(publisher, 1_200)
        await publisher.deliver()
        made = await reader.request()
        await reader.step()
        await reader.step()
        await publisher.send_pages(1)
        # The worker is another one now, and the command is given again.
        other = Reader(reader.kernel, publisher.bus)
        await other.listen()
        assert await other.request() == made
        await other.finish(publisher)
        assert (await other.rebuild()).page == 3
        assert await other.rows() == expect(publisher)

    async def test_a_sender_that_died_after_sending_sends_the_page_again(self, trade: Trade) -> None:
        publisher, reader = open_reader(trade)
        await reader.listen()
        pages: list[int] = []

        async def note(message: Any) -> None:
            pages.append(read_page(message.value).number)

        await publisher.bus.subscribe("notes", ["entrepot.carts.snapshots"], note)
        await fill(publisher, 700)
        await publisher.deliver()
        await reader.request()
        await reader.step()
        await reader.step()

        def die(name: str) -> None:
            if name == "carts:snapshots:sent:1":
                raise ZeroDivisionError

        environment = publisher.kernel.transactions.environment
        publisher.kernel.transactions.environment = replace(environment, failpoint=die)
        with pytest.raises(ZeroDivisionError):
            await publisher.send_pages()
        publisher.kernel.transactions.environment = environment
        # Its lease has to end first.
        assert await publisher.send_pages() == 0
        publisher.kernel.clock.advance(31)
        await reader.finish(publisher)
        assert pages == [1, 1, 2]
        assert (await reader.rebuild()).received == 700
        assert await reader.rows() == expect(publisher)

    async def test_it_begins_again_on_demand(self, trade: Trade) -> None:
        publisher, reader = open_reader(trade)
        await reader.listen()
        await fill(publisher, 1_200)
        await publisher.deliver()
        made = await reader.request()
        await reader.step()
        await reader.step()
        await publisher.send_pages(1)
        assert await reader.request(restart=True) != made
        # Pages of the former request are sent, and ignored.
        await publisher.send_pages()
        assert await reader.status() is RebuildStatus.REQUESTED
        await reader.finish(publisher)
        assert await reader.rows() == expect(publisher)

    async def test_it_begins_again_when_pages_are_lost(self, trade: Trade) -> None:
        publisher, reader = open_reader(trade)
        await reader.listen()
        await fill(publisher, 1_200)
        await publisher.deliver()
        made = await reader.request()
        await reader.step()
        await reader.step()
        receive = reader.rebuilds.receive

        async def lose(message: Any) -> None:
            if read_page(message.value).number != 2:
                await receive(message)

        await publisher.bus.subscribe("first.snapshots", ["entrepot.carts.snapshots"], lose)
        await publisher.send_pages()
        assert (await reader.rebuild()).request_id != made
        assert (await reader.rebuild()).reason == "a page was lost"
        await publisher.bus.subscribe("first.snapshots", ["entrepot.carts.snapshots"], receive)
        await reader.finish(publisher)
        assert await reader.rows() == expect(publisher)

    async def test_it_begins_again_when_no_page_comes(self, trade: Trade) -> None:
        publisher, reader = open_reader(trade)
        await reader.listen()
        await fill(publisher, 10)
        await publisher.deliver()
        made = await reader.request()
        await reader.step()
        await reader.step()
        async with publisher.kernel.transactions.begin() as unit:
            await unit.session.execute(text("DELETE FROM snapshot_requests"))
        assert await publisher.send_pages() == 0
        publisher.kernel.clock.advance(601)
        await reader.step()
        assert (await reader.rebuild()).request_id != made
        await reader.finish(publisher)
        assert await reader.rows() == expect(publisher)


async def test_a_page_that_cannot_be_written_gives_the_rebuild_up(trade: Trade) -> None:
    publisher, kernels = trade

    def refuse(event: Any) -> Mapping[str, Any]:
        if event.cart_id == "crt_0000005":
            raise ValueError("five")
        return SEEN.build_row(event)

    reader = Reader(kernels[0], publisher.bus)
    await reader.listen()
    await fill(publisher, 10)
    await publisher.deliver()
    before = await reader.rows()
    broken = Reader(kernels[0], publisher.bus, replace(SEEN, build_row=refuse))
    await broken.rebuilds.subscribe(publisher.bus)
    await broken.request()
    await broken.finish(publisher)
    assert await broken.status() is RebuildStatus.FAILED
    assert (await broken.rebuild()).reason == "ValueError: five"
    assert await reader.rows() == before
    # With the fault corrected it is rebuilt.
    await reader.rebuilds.subscribe(publisher.bus)
    await reader.request()
    await reader.finish(publisher)
    assert await reader.status() is RebuildStatus.COMPLETED
