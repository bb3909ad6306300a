"""Where a saga stands and what keeps it there, for those who ask why something is stuck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, select

from entrepot.shared.db import Reader
from entrepot.shared.events.saga.saga import Saga, SagaStatus
from entrepot.shared.events.tables import DEAD_LETTERS, OUTBOX, OUTBOX_AGGREGATES, SAGAS


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
    step_started_at: datetime
    deadline: datetime | None
    awaited_events: tuple[str, ...]
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Unended:
    """Sagas of one kind in one state that have not ended; `overdue` are those whose deadline is past."""

    name: str
    status: SagaStatus
    count: int
    overdue: int
    oldest_at: datetime


async def read_unended(reader: Reader, now: datetime) -> Sequence[Unended]:
    """How the sagas of a subgraph stand; those that have ended, which are nearly all, are not looked at."""
    overdue = func.sum(case((SAGAS.c.deadline <= now, 1), else_=0))
    query = (
        select(SAGAS.c.name, SAGAS.c.status, func.count(), overdue, func.min(SAGAS.c.created_at))
        .where(SAGAS.c.deadline.is_not(None))
        .group_by(SAGAS.c.name, SAGAS.c.status)
        .order_by(SAGAS.c.name, SAGAS.c.status)
    )
    return [
        Unended(name, SagaStatus(status), *figures) for name, status, *figures in (await reader.execute(query)).all()
    ]


async def read_progress(reader: Reader, saga: Saga, keys: Sequence[str]) -> Mapping[str, SagaProgress]:
    """The sagas of the keys that there are. Events of a saga have its key for their subject."""
    rows = (await reader.execute(select(SAGAS).where(SAGAS.c.name == saga.name, SAGAS.c.key.in_(keys)))).all()
    unended = [row.key for row in rows if row.deadline is not None]
    last_errors = await _find_last_errors(reader, unended) if unended else {}
    return {row.key: _build_progress(saga, row, last_errors.get(row.key)) for row in rows}


def _build_progress(saga: Saga, row: Row[Any], last_error: str | None) -> SagaProgress:
    status = SagaStatus(row.status)
    step = saga.steps[saga.index(row.step)]
    awaited_events = {
        SagaStatus.RUNNING: (step.done, *step.failed),
        SagaStatus.COMPENSATING: (step.compensated,),
    }.get(status, ())
    return SagaProgress(
        status=status,
        step=row.step,
        attempts=row.attempts,
        reason=row.reason,
        started_at=row.created_at,
        step_started_at=row.updated_at,
        deadline=row.deadline,
        awaited_events=tuple(contract.TYPE for contract in awaited_events if contract is not None),
        last_error=last_error,
    )


async def _find_last_errors(reader: Reader, keys: Sequence[str]) -> dict[str, str]:
    """What a saga's events failed with here: a reply that could not be dealt with, else a command that is not sent."""
    last_errors = {}
    unsent = (
        select(OUTBOX.c.subject, OUTBOX.c.type, OUTBOX.c.rejected_reason, OUTBOX_AGGREGATES.c.attempts)
        .join(OUTBOX_AGGREGATES, OUTBOX_AGGREGATES.c.subject == OUTBOX.c.subject)
        .where(OUTBOX.c.subject.in_(keys), OUTBOX.c.delivered_at.is_(None))
        .order_by(OUTBOX.c.position.desc())
    )
    for row in await reader.execute(unsent):
        failed = f"after {row.attempts} failed attempts" if row.attempts else "yet"
        rejected = f"{row.type} was rejected: {row.rejected_reason}"
        last_errors[row.subject] = rejected if row.rejected_reason else f"{row.type} is not sent {failed}."
    dead_letters = select(DEAD_LETTERS).where(DEAD_LETTERS.c.subject.in_(keys), DEAD_LETTERS.c.dropped_at.is_(None))
    for row in await reader.execute(dead_letters.order_by(DEAD_LETTERS.c.failed_at)):
        last_errors[row.subject] = f"{row.handler} failed {row.attempts} times on {row.event_id}: {row.reason}"
    return last_errors
