"""The outbox: written with the change or not at all, in the order of each aggregate."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.events.event import read_envelope
from entrepot.shared.events.outbox.outbox import (
    OutboxRow,
    Progress,
    lease_aggregates,
    mark_delivered,
    read_progress,
    read_undelivered,
    release_aggregates,
    release_all_leases,
    write_outbox,
)
from entrepot.shared.events.tables import OUTBOX, OUTBOX_AGGREGATES
from tests.support.kernel import Kernel, ThingChanged, note_effect

LEASE = 0.6


async def release(session: AsyncSession, owner: str, now: datetime, *, retry_at: datetime | None = None) -> bool:
    """Whether "a" is due at once when its owner gives it back."""
    failed = {} if retry_at is None else {"a": lambda _failures: retry_at}
    return "a" in await release_aggregates(session, owner=owner, subjects=["a"], now=now, retry_at=failed)


async def read_of(session: AsyncSession, subject: str, limit: int) -> list[OutboxRow]:
    return (await read_undelivered(session, [subject], limit))[subject]


class TestAtomicity:
    async def test_change_and_event_are_kept_together(self, kernel: Kernel) -> None:
        async with kernel.transactions.begin() as unit:
            await note_effect(unit, "made")
            unit.publish(ThingChanged(thing_id="a", number=1))
        assert await kernel.effects() == ["made"]
        (row,) = await kernel.rows(OUTBOX)
        assert read_envelope(row.envelope.encode()).open() == ThingChanged(thing_id="a", number=1)
        assert (row.subject, row.type, row.delivered_at) == ("a", "kernel.thing.changed", None)
        assert len(kernel.nudges) == 1

    @pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError, KeyboardInterrupt])
    async def test_a_rollback_leaves_nothing(self, kernel: Kernel, error: type[BaseException]) -> None:
        async def fail() -> None:
            async with kernel.transactions.begin() as unit:
                await note_effect(unit, "made")
                unit.publish(ThingChanged(thing_id="a", number=1))
                unit.notify("channel")
                raise error

        with pytest.raises(error):
            await fail()
        assert await kernel.effects() == []
        assert await kernel.rows(OUTBOX) == await kernel.rows(OUTBOX_AGGREGATES) == []
        assert kernel.nudges == []

    async def test_a_unit_without_events_writes_none(self, kernel: Kernel) -> None:
        async with kernel.transactions.begin() as unit:
            await note_effect(unit, "made")
        assert await kernel.rows(OUTBOX_AGGREGATES) == []
        assert kernel.nudges == []


class TestStreams:
    async def test_one_row_an_aggregate(self, kernel: Kernel) -> None:
        await kernel.change("a", 1, 2)
        await kernel.change("b", 1)
        await kernel.change("a", 3)
        assert [row.subject for row in await kernel.rows(OUTBOX_AGGREGATES)] == ["a", "b"]
        async with kernel.database.read() as session:
            waiting = await read_of(session, "a", 10)
            assert await read_progress(session) == Progress(undelivered=4, newest=4)
        events = [read_envelope(row.envelope).open() for row in waiting]
        assert [event.number for event in events if isinstance(event, ThingChanged)] == [1, 2, 3]

    async def test_a_lease_is_for_one_until_it_ends(self, kernel: Kernel) -> None:
        await kernel.change("a", 1)

        async def lease(owner: str) -> list[str]:
            async with kernel.database.write() as session:
                leased = await lease_aggregates(session, owner=owner, clock=kernel.clock, lease=LEASE, limit=5)
                await session.commit()
            return leased

        assert [await lease("one"), await lease("two"), await lease("one")] == [["a"], [], []]
        kernel.clock.advance(LEASE / 2)
        assert await lease("two") == []
        await kernel.pass_lease(LEASE)
        assert await lease("two") == ["a"]
        # Who lost the lease gives nothing back.
        async with kernel.database.write() as session:
            now = kernel.clock.now()
            assert not await release(session, "one", now)
            await session.commit()
        assert await lease("three") == []

    async def test_releasing_knows_what_is_left(self, kernel: Kernel) -> None:
        await kernel.change("a", 1)
        async with kernel.database.write() as session:
            now = kernel.clock.now()
            await lease_aggregates(session, owner="one", clock=kernel.clock, lease=LEASE, limit=5)
            assert await release(session, "one", now)
            await session.commit()
        (stream,) = await kernel.rows(OUTBOX_AGGREGATES)
        assert (stream.due_at, stream.lease_owner, stream.attempts) == (now, None, 0)

    async def test_what_is_announced_while_it_is_released_is_not_forgotten(self, kernel: Kernel) -> None:
        await kernel.change("a", 1)
        now = kernel.clock.now()
        async with kernel.database.write() as session:
            await lease_aggregates(session, owner="one", clock=kernel.clock, lease=LEASE, limit=5)
            (row,) = await read_of(session, "a", 5)
            await mark_delivered(session, [row.position], now)
            await session.commit()

        async def settle() -> bool:
            async with kernel.database.write() as session:
                is_due = await release(session, "one", now)
                await session.commit()
            return is_due

        async with kernel.database.write() as session:
            await write_outbox(session, [kernel.envelope(ThingChanged(thing_id="a", number=2))])
            releasing = asyncio.create_task(settle())
            done, _ = await asyncio.wait([releasing], timeout=0.2)
            assert not done
            await session.commit()
        assert await releasing
        (stream,) = await kernel.rows(OUTBOX_AGGREGATES)
        assert (stream.due_at, stream.lease_owner) == (now, None)

    async def test_units_that_announce_of_the_same_aggregates_do_not_block_each_other(self, kernel: Kernel) -> None:
        async def publish(*things: str) -> None:
            for _ in range(10):
                async with kernel.transactions.begin() as unit:
                    unit.publish(*(ThingChanged(thing_id=thing, number=1) for thing in things))

        await asyncio.gather(publish(*"abcd"), publish(*"dcba"), publish(*"bdac"))
        assert len(await kernel.rows(OUTBOX)) == 120

    async def test_news_do_not_cut_the_wait_for_the_next_attempt_short(self, kernel: Kernel) -> None:
        await kernel.change("a", 1)
        async with kernel.database.write() as session:
            now = kernel.clock.now()
            await lease_aggregates(session, owner="one", clock=kernel.clock, lease=LEASE, limit=5)
            later = now + timedelta(seconds=30)
            assert not await release(session, "one", now, retry_at=later)
            await session.commit()
        await kernel.change("a", 2)
        (stream,) = await kernel.rows(OUTBOX_AGGREGATES)
        assert (stream.due_at, stream.attempts) == (later, 1)

    async def test_limit_takes_what_waits_longest(self, kernel: Kernel) -> None:
        for thing in "cab":
            await kernel.change(thing, 1)
            kernel.clock.advance(1)
        async with kernel.database.write() as session:
            assert await lease_aggregates(session, owner="one", clock=kernel.clock, lease=LEASE, limit=2) == ["a", "c"]

    async def test_who_is_alone_on_the_database_takes_over_at_once(self, kernel: Kernel) -> None:
        await kernel.change("a", 1)
        async with kernel.database.write() as session:
            await lease_aggregates(session, owner="dead", clock=kernel.clock, lease=LEASE, limit=5)
            await release_all_leases(session)
            assert await lease_aggregates(session, owner="alive", clock=kernel.clock, lease=LEASE, limit=5) == ["a"]

    async def test_the_same_event_twice_is_refused(self, kernel: Kernel) -> None:
        envelope = kernel.envelope(ThingChanged(thing_id="a", number=1))
        async with kernel.database.write() as session:
            await write_outbox(session, [envelope])
            with pytest.raises(IntegrityError):
                await write_outbox(session, [envelope])
