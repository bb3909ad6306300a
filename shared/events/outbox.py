"""The outbox: events written in the transaction that made them true, and the leases by which they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import changed_rows, upsert
from shared.events.event import Envelope
from shared.events.tables import OUTBOX, OUTBOX_STREAMS


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One event waiting to be sent."""

    position: int
    subject: str
    type: str
    envelope: bytes


async def write_outbox(session: AsyncSession, envelopes: Sequence[Envelope]) -> None:
    """Add the events and mark their aggregates due, in the caller's transaction."""
    # The aggregate's row first: its lock keeps positions of one aggregate in the order of commits. The rows sorted, so
    # that two units never wait for each other. An aggregate that waits for its next attempt goes on waiting.
    for subject in sorted({envelope.subject for envelope in envelopes}):
        row = {"subject": subject, "due_at": envelopes[0].time, "attempts": 0}
        await upsert(session, OUTBOX_STREAMS, row, fill=("due_at", "attempts"))
    await session.execute(
        OUTBOX.insert(),
        [
            {
                "id": envelope.id,
                "subject": envelope.subject,
                "type": envelope.type,
                "envelope": envelope.to_json().decode(),
                "created_at": envelope.time,
            }
            for envelope in envelopes
        ],
    )


async def lease_streams(session: AsyncSession, *, owner: str, now: datetime, lease: timedelta, limit: int) -> list[str]:
    """The subjects of aggregates that are due and that nobody sends, now leased to `owner`."""
    free = and_(
        OUTBOX_STREAMS.c.due_at <= now,
        or_(OUTBOX_STREAMS.c.lease_until.is_(None), OUTBOX_STREAMS.c.lease_until <= now),
    )
    candidates = await session.scalars(
        select(OUTBOX_STREAMS.c.subject).where(free).order_by(OUTBOX_STREAMS.c.due_at).limit(limit)
    )
    claimed = []
    # In the order that writers take them, so that the two never wait for each other in a circle.
    for subject in sorted(candidates.all()):
        claim = (
            update(OUTBOX_STREAMS)
            .where(OUTBOX_STREAMS.c.subject == subject, free)
            .values(lease_owner=owner, lease_until=now + lease)
        )
        if changed_rows(await session.execute(claim)) == 1:
            claimed.append(subject)
    return claimed


async def forget_leases(session: AsyncSession) -> None:
    """Take every lease back: for a process that knows that no other one works on this database."""
    await session.execute(update(OUTBOX_STREAMS).values(lease_owner=None, lease_until=None))


async def read_undelivered(session: AsyncSession, subject: str, limit: int) -> list[OutboxRow]:
    """The oldest events of the aggregate that are still to be sent, in order."""
    rows = await session.execute(
        select(OUTBOX.c.position, OUTBOX.c.subject, OUTBOX.c.type, OUTBOX.c.envelope)
        .where(OUTBOX.c.subject == subject, OUTBOX.c.delivered_at.is_(None), OUTBOX.c.dead_reason.is_(None))
        .order_by(OUTBOX.c.position)
        .limit(limit)
    )
    return [OutboxRow(row.position, row.subject, row.type, row.envelope.encode()) for row in rows]


async def mark_delivered(session: AsyncSession, positions: Sequence[int], now: datetime) -> None:
    await session.execute(update(OUTBOX).where(OUTBOX.c.position.in_(positions)).values(delivered_at=now))


async def mark_dead(session: AsyncSession, position: int, reason: str) -> None:
    await session.execute(update(OUTBOX).where(OUTBOX.c.position == position).values(dead_reason=reason))


async def release_stream(
    session: AsyncSession, *, owner: str, subject: str, now: datetime, retry_at: datetime | None
) -> bool:
    """Give the lease back; the aggregate is due again at `retry_at`, at once if more came in, else not at all.

    Whether it is due at once. Changes nothing when another relay has taken the lease over.
    """
    attempts = OUTBOX_STREAMS.c.attempts + 1 if retry_at else 0
    # The row's lock first, the count after it: what is announced in between waits for the lock and makes it due again.
    released = await session.execute(
        update(OUTBOX_STREAMS)
        .where(OUTBOX_STREAMS.c.subject == subject, OUTBOX_STREAMS.c.lease_owner == owner)
        .values(lease_owner=None, lease_until=None, attempts=attempts)
    )
    if changed_rows(released) != 1:
        return False
    remaining = await session.scalar(_count_waiting().where(OUTBOX.c.subject == subject))
    due_at = (retry_at or now) if remaining else None
    await session.execute(update(OUTBOX_STREAMS).where(OUTBOX_STREAMS.c.subject == subject).values(due_at=due_at))
    return due_at == now


async def read_attempts(session: AsyncSession, subject: str) -> int:
    """How often in a row sending the aggregate's events has failed."""
    return await session.scalar(select(OUTBOX_STREAMS.c.attempts).where(OUTBOX_STREAMS.c.subject == subject)) or 0


async def count_undelivered(session: AsyncSession) -> int:
    return await session.scalar(_count_waiting()) or 0


def _count_waiting() -> Select[int]:
    return (
        select(func.count()).select_from(OUTBOX).where(OUTBOX.c.delivered_at.is_(None), OUTBOX.c.dead_reason.is_(None))
    )
