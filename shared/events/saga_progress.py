"""Where a saga stands and what keeps it there, for those who ask why something is stuck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.events.saga import Saga, SagaStatus
from entrepot.shared.events.tables import DEAD_LETTERS, OUTBOX, OUTBOX_STREAMS, SAGAS


@dataclass(frozen=True, slots=True)
class SagaProgress:
    """`awaited` are the contracts of which one must come for the saga to move on; `obstacle` is what is known to fail.

    `since` is when it came to this step; at `deadline` the step is given up, or a compensation sent again.
    """

    status: SagaStatus
    step: str
    attempts: int
    reason: str | None
    started_at: datetime
    since: datetime
    deadline: datetime | None
    awaited: tuple[str, ...]
    obstacle: str | None


@dataclass(frozen=True, slots=True)
class Unended:
    """Sagas of one kind in one state that have not ended; `overdue` are those whose deadline is past."""

    name: str
    status: SagaStatus
    count: int
    overdue: int
    oldest_at: datetime


async def read_unended(session: AsyncSession, now: datetime) -> Sequence[Unended]:
    """How the sagas of a subgraph stand; those that have ended, which are nearly all, are not looked at."""
    overdue = func.sum(case((SAGAS.c.deadline <= now, 1), else_=0))
    query = (
        select(SAGAS.c.name, SAGAS.c.status, func.count(), overdue, func.min(SAGAS.c.created_at))
        .where(SAGAS.c.deadline.is_not(None))
        .group_by(SAGAS.c.name, SAGAS.c.status)
        .order_by(SAGAS.c.name, SAGAS.c.status)
    )
    return [
        Unended(name, SagaStatus(status), *figures) for name, status, *figures in (await session.execute(query)).all()
    ]


async def read_progress(session: AsyncSession, saga: Saga, keys: Sequence[str]) -> Mapping[str, SagaProgress]:
    """The sagas of the keys that there are. Events of a saga have its key for their subject."""
    rows = (await session.execute(select(SAGAS).where(SAGAS.c.name == saga.name, SAGAS.c.key.in_(keys)))).all()
    unended = [row.key for row in rows if row.deadline is not None]
    obstacles = await _find_obstacles(session, unended) if unended else {}
    return {row.key: _build_progress(saga, row, obstacles.get(row.key)) for row in rows}


def _build_progress(saga: Saga, row: Row[Any], obstacle: str | None) -> SagaProgress:
    status = SagaStatus(row.status)
    step = saga.steps[saga.index(row.step)]
    awaited = {
        SagaStatus.RUNNING: (step.done, *step.failed),
        SagaStatus.COMPENSATING: (step.compensated,),
    }.get(status, ())
    return SagaProgress(
        status=status,
        step=row.step,
        attempts=row.attempts,
        reason=row.reason,
        started_at=row.created_at,
        since=row.updated_at,
        deadline=row.deadline,
        awaited=tuple(contract.TYPE for contract in awaited if contract is not None),
        obstacle=obstacle,
    )


async def _find_obstacles(session: AsyncSession, keys: Sequence[str]) -> dict[str, str]:
    """What a saga's events failed with here: a reply that could not be dealt with, else a command that is not sent."""
    obstacles = {}
    unsent = (
        select(OUTBOX.c.subject, OUTBOX.c.type, OUTBOX.c.dead_reason, OUTBOX_STREAMS.c.attempts)
        .join(OUTBOX_STREAMS, OUTBOX_STREAMS.c.subject == OUTBOX.c.subject)
        .where(OUTBOX.c.subject.in_(keys), OUTBOX.c.delivered_at.is_(None))
        .order_by(OUTBOX.c.position.desc())
    )
    for row in await session.execute(unsent):
        failed = f"after {row.attempts} failed attempts" if row.attempts else "yet"
        refused = f"{row.type} was refused: {row.dead_reason}"
        obstacles[row.subject] = refused if row.dead_reason else f"{row.type} is not sent {failed}."
    buried = select(DEAD_LETTERS).where(DEAD_LETTERS.c.subject.in_(keys), DEAD_LETTERS.c.dropped_at.is_(None))
    for row in await session.execute(buried.order_by(DEAD_LETTERS.c.failed_at)):
        obstacles[row.subject] = f"{row.handler} failed {row.attempts} times on {row.event_id}: {row.reason}"
    return obstacles
