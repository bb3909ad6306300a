"""Where a saga stands and what keeps it there, for those who ask why something is stuck."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, select

from entrepot.shared.db import Reader
from entrepot.shared.events.event import Event
from entrepot.shared.events.saga.declaration import Saga
from entrepot.shared.events.saga.state import SagaStatus, Task, TaskStatus
from entrepot.shared.events.saga.storage import read_tasks
from entrepot.shared.events.tables import DEAD_LETTERS, OUTBOX, OUTBOX_AGGREGATES, SAGA_IS_UNENDED, SAGAS


@dataclass(frozen=True, slots=True)
class SagaProgress:
    """`awaited_events` are the contracts of which one must come for the saga to move on.

    At `deadline` the step is given up, or undoing it requested again; null while it waits for people.
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
        .where(SAGA_IS_UNENDED)
        .group_by(SAGAS.c.name, SAGAS.c.status)
        .order_by(SAGAS.c.name, SAGAS.c.status)
    )
    return [
        Unended(name, SagaStatus(status), *figures) for name, status, *figures in (await reader.execute(query)).all()
    ]


async def read_progress(reader: Reader, saga: Saga, keys: Sequence[str]) -> Mapping[str, SagaProgress]:
    """The sagas of the keys that there are. The items of their tasks are the subjects of commands and replies."""
    rows = (await reader.execute(select(SAGAS).where(SAGAS.c.name == saga.name, SAGAS.c.key.in_(keys)))).all()
    pending = {row.key: [task for task in read_tasks(row) if task.is_pending] for row in rows}
    subjects = sorted({task.item for tasks in pending.values() for task in tasks})
    last_errors = await _find_last_errors(reader, subjects) if subjects else {}
    return {row.key: _build_progress(saga, row, pending[row.key], last_errors) for row in rows}


def _list_awaited(saga: Saga, pending: Sequence[Task]) -> Iterator[type[Event]]:
    for task in pending:
        step = saga.find_step(task.step)
        if task.status is TaskStatus.UNDOING:
            assert step.undone is not None, "only what can be undone is being undone"
            yield step.undone
        else:
            yield from (step.done, *step.failed, *step.branches)


def _build_progress(saga: Saga, row: Row[Any], pending: Sequence[Task], last_errors: Mapping[str, str]) -> SagaProgress:
    status = SagaStatus(row.status)
    awaited_events = _list_awaited(saga, pending) if status in (SagaStatus.RUNNING, SagaStatus.COMPENSATING) else ()
    last_error = next((last_errors[task.item] for task in pending if task.item in last_errors), None)
    return SagaProgress(
        status=status,
        step=row.step,
        attempts=row.attempts,
        reason=row.reason,
        started_at=row.created_at,
        step_started_at=row.updated_at,
        deadline=row.deadline,
        awaited_events=tuple(dict.fromkeys(contract.TYPE for contract in awaited_events)),
        last_error=last_error,
    )


async def _find_last_errors(reader: Reader, subjects: Sequence[str]) -> dict[str, str]:
    """By subject, what failed here: a reply that could not be handled, else a command that is not sent."""
    last_errors = {}
    unsent = (
        select(OUTBOX.c.subject, OUTBOX.c.type, OUTBOX.c.rejected_reason, OUTBOX_AGGREGATES.c.attempts)
        .join(OUTBOX_AGGREGATES, OUTBOX_AGGREGATES.c.subject == OUTBOX.c.subject)
        .where(OUTBOX.c.subject.in_(subjects), OUTBOX.c.delivered_at.is_(None))
        .order_by(OUTBOX.c.position.desc())
    )
    for row in await reader.execute(unsent):
        failed = f"after {row.attempts} failed attempts" if row.attempts else "yet"
        rejected = f"{row.type} was rejected: {row.rejected_reason}"
        last_errors[row.subject] = rejected if row.rejected_reason else f"{row.type} is not sent {failed}."
    dead_letters = select(DEAD_LETTERS).where(DEAD_LETTERS.c.subject.in_(subjects), DEAD_LETTERS.c.dropped_at.is_(None))
    for row in await reader.execute(dead_letters.order_by(DEAD_LETTERS.c.failed_at)):
        last_errors[row.subject] = f"{row.handler} failed {row.attempts} times on {row.event_id}: {row.reason}"
    return last_errors
