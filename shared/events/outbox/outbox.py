"""The outbox: events written in the transaction that made them true, and the leases by which they are sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.clock import Clock
from entrepot.shared.db import among, insert_rows, upsert
from entrepot.shared.events.event import Envelope
from entrepot.shared.events.outbox.lease_time import lease_bounds
from entrepot.shared.events.outbox.published_state import number_states, write_states
from entrepot.shared.events.tables import IS_WAITING, OUTBOX, OUTBOX_AGGREGATES

_RELEASE: Final = (
    update(OUTBOX_AGGREGATES)
    .where(OUTBOX_AGGREGATES.c.subject == bindparam("released"))
    .values(lease_owner=None, lease_until=None, due_at=bindparam("due"), attempts=bindparam("failures"))
)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One event waiting to be sent."""

    position: int
    subject: str
    type: str
    envelope: bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """How many events wait to be sent, and the position of the newest (null: there was none so far)."""

    undelivered: int
    newest: int | None


async def write_outbox(session: AsyncSession, envelopes: Sequence[Envelope]) -> None:
    """Add the events and mark their aggregates due, in the caller's transaction."""
    # The aggregate's row first: its lock keeps positions of one aggregate in the order of commits. The rows sorted, so
    # that two units never wait for each other. An aggregate that waits for its next attempt goes on waiting.
    rows = [
        {"subject": subject, "due_at": envelopes[0].time, "attempts": 0}
        for subject in sorted({envelope.subject for envelope in envelopes})
    ]
    await upsert(session, OUTBOX_AGGREGATES, *rows, fill=("due_at", "attempts"))
    await number_states(session, envelopes)
    written = [(envelope, envelope.to_json().decode()) for envelope in envelopes]
    await insert_rows(
        session,
        OUTBOX,
        [
            {
                "id": envelope.id,
                "subject": envelope.subject,
                "type": envelope.type,
                "envelope": text,
                "created_at": envelope.time,
            }
            for envelope, text in written
        ],
    )
    await write_states(session, written)


async def lease_aggregates(
    session: AsyncSession,
    *,
    owner: str,
    clock: Clock,
    lease: float,
    limit: int,
    in_flight: Collection[str] | None = None,
) -> list[str]:
    """The subjects of aggregates that are due and that nobody sends, now leased to `owner` for `lease` seconds.

    With `in_flight`, those that `owner` is sending, its other leases are taken again: they are left from a transaction
    whose end it does not know.
    """
    now, until = lease_bounds(session, clock, lease)
    is_free = or_(OUTBOX_AGGREGATES.c.lease_until.is_(None), OUTBOX_AGGREGATES.c.lease_until <= now)
    if in_flight is not None:
        is_left = and_(OUTBOX_AGGREGATES.c.lease_owner == owner, OUTBOX_AGGREGATES.c.subject.not_in(in_flight))
        is_free = or_(is_free, is_left)
    due = (
        select(OUTBOX_AGGREGATES.c.subject)
        .where(OUTBOX_AGGREGATES.c.due_at <= clock.now(), is_free)
        .order_by(OUTBOX_AGGREGATES.c.due_at)
        .limit(limit)
        # What somebody is writing to is left to the next round: waiting for it, two might wait for each other.
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claim = (
        update(OUTBOX_AGGREGATES)
        .where(OUTBOX_AGGREGATES.c.subject.in_(select(due.c.subject)))
        .values(lease_owner=owner, lease_until=until)
        .returning(OUTBOX_AGGREGATES.c.subject)
    )
    return sorted((await session.scalars(claim)).all())


async def renew_leases(
    session: AsyncSession, *, owner: str, clock: Clock, lease: float, subjects: Collection[str]
) -> set[str]:
    """Have the owner's leases of these last for `lease` seconds from now; returns those that it still holds."""
    held = {row.subject for row in await session.execute(_lock_leased(session, owner, sorted(subjects)))}
    if held:
        _, until = lease_bounds(session, clock, lease)
        await session.execute(
            update(OUTBOX_AGGREGATES).where(OUTBOX_AGGREGATES.c.subject.in_(held)).values(lease_until=until)
        )
    return held


async def release_leases(session: AsyncSession, owner: str) -> None:
    """Give all leases of the owner back: it sends nothing any more."""
    await session.execute(
        update(OUTBOX_AGGREGATES)
        .where(OUTBOX_AGGREGATES.c.lease_owner == owner)
        .values(lease_owner=None, lease_until=None)
    )


async def release_all_leases(session: AsyncSession) -> None:
    """Take every lease back: for a process that knows that no other one works on this database."""
    await session.execute(update(OUTBOX_AGGREGATES).values(lease_owner=None, lease_until=None))


async def read_undelivered(session: AsyncSession, subjects: Sequence[str], limit: int) -> dict[str, list[OutboxRow]]:
    """The oldest events of each of the aggregates that are still to be sent, in order."""
    place = func.row_number().over(partition_by=OUTBOX.c.subject, order_by=OUTBOX.c.position).label("place")
    columns = (OUTBOX.c.position, OUTBOX.c.subject, OUTBOX.c.type, OUTBOX.c.envelope)
    waiting = select(*columns, place).where(OUTBOX.c.subject.in_(subjects), *IS_WAITING).subquery()
    found: dict[str, list[OutboxRow]] = {subject: [] for subject in subjects}
    for row in await session.execute(select(waiting).where(waiting.c.place <= limit).order_by(waiting.c.position)):
        found[row.subject].append(OutboxRow(row.position, row.subject, row.type, row.envelope.encode()))
    return found


async def mark_delivered(session: AsyncSession, positions: Sequence[int], now: datetime) -> None:
    await session.execute(update(OUTBOX).where(OUTBOX.c.position.in_(positions)).values(delivered_at=now))


async def delete_delivered(session: AsyncSession, type_: str, subjects: Sequence[str]) -> None:
    """Delete what was sent of that type about aggregates that are deleted: nobody reads their state again."""
    is_sent = (OUTBOX.c.type == type_, OUTBOX.c.delivered_at.is_not(None))
    await session.execute(delete(OUTBOX).where(among(OUTBOX.c.subject, "keys"), *is_sent), {"keys": list(subjects)})


async def mark_rejected(session: AsyncSession, position: int, reason: str) -> None:
    await session.execute(update(OUTBOX).where(OUTBOX.c.position == position).values(rejected_reason=reason))


async def release_aggregates(
    session: AsyncSession,
    *,
    owner: str,
    subjects: Sequence[str],
    now: datetime,
    retry_at: Mapping[str, Callable[[int], datetime]],
) -> set[str]:
    """Give the leases back; an aggregate is due again at once if more came in, else not at all.

    `retry_at` maps those that failed to functions from the number of consecutive failures to the time of the retry.
    Returns those that are due at once. Nothing changes for those that another relay has taken over.
    """
    # The rows' locks first, the count after them: what is announced in between waits for a lock and makes its
    # aggregate due again. Locked in the order in which writers take them.
    held = {row.subject: row.attempts for row in await session.execute(_lock_leased(session, owner, subjects))}
    remaining = set(
        await session.scalars(select(OUTBOX.c.subject).where(OUTBOX.c.subject.in_(held), *IS_WAITING).distinct())
    )
    released = []
    for subject, attempts in held.items():
        failures = attempts + 1 if subject in retry_at else 0
        due_at = retry_at[subject](failures) if failures else now
        released.append({"released": subject, "due": due_at if subject in remaining else None, "failures": failures})
    if released:
        await session.execute(_RELEASE, released)
    return {subject for subject in held if subject in remaining and subject not in retry_at}


async def read_sent_position(session: AsyncSession) -> int:
    """The position up to which every event was sent."""
    first = await session.scalar(select(func.min(OUTBOX.c.position)).where(OUTBOX.c.delivered_at.is_(None)))
    newest = await session.scalar(select(func.max(OUTBOX.c.position)))
    return (newest or 0) if first is None else first - 1


async def read_progress(session: AsyncSession) -> Progress:
    waiting = select(func.count()).select_from(OUTBOX).where(*IS_WAITING).scalar_subquery()
    return Progress(*(await session.execute(select(waiting, func.max(OUTBOX.c.position)))).one())


def _lock_leased(session: AsyncSession, owner: str, subjects: Sequence[str]) -> Select[str, int]:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    # Python's order of text, which a database's own need not be.
    order = OUTBOX_AGGREGATES.c.subject if is_sqlite else OUTBOX_AGGREGATES.c.subject.collate("C")
    return (
        select(OUTBOX_AGGREGATES.c.subject, OUTBOX_AGGREGATES.c.attempts)
        .where(OUTBOX_AGGREGATES.c.subject.in_(subjects), OUTBOX_AGGREGATES.c.lease_owner == owner)
        .order_by(order)
        .with_for_update()
    )
