"""Where one piece of work stands: a row of the table of sagas, with its tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from sqlalchemy import Row, select, update

from entrepot.shared.db import ConcurrentChange, changed_rows
from entrepot.shared.events.outbox.unit_of_work import UnitOfWork
from entrepot.shared.events.saga.declaration import Saga
from entrepot.shared.events.tables import SAGAS

_MAX_REASON: Final = 255
_ADDRESS_PARTS: Final = 4
KEPT: Final = "kept"


class SagaStatus(StrEnum):
    """The state of a process over several subgraphs (a saga), such as placing an order."""

    RUNNING = "RUNNING"
    """Its steps are being taken."""
    COMPENSATING = "COMPENSATING"
    """A step failed or a cancellation was requested; the completed steps are being undone."""
    COMPLETED = "COMPLETED"
    """All steps succeeded."""
    FAILED = "FAILED"
    """All completed steps have been undone."""


class TaskStatus(StrEnum):
    """The state of one item of a step."""

    WAITING = "WAITING"
    """Its command is sent; a reply has to come before its deadline."""
    PAUSED = "PAUSED"
    """It waits for people, without a deadline."""
    DONE = "DONE"
    FAILED = "FAILED"
    """It was refused: there is nothing to undo."""
    UNDOING = "UNDOING"
    """Undoing it was requested, and is requested again at its deadline."""
    UNDONE = "UNDONE"


IS_OPEN: Final = frozenset({TaskStatus.WAITING, TaskStatus.PAUSED})
"""In these the saga waits for the item before its next step."""
MAY_HAVE_EFFECT: Final = frozenset({TaskStatus.WAITING, TaskStatus.PAUSED, TaskStatus.DONE})
"""In these the receiver has, or may have, done what it was asked for."""


@dataclass(frozen=True, slots=True)
class Task:
    """One item of one step; `attempts` counts how often undoing it was requested again."""

    step: str
    item: str
    status: TaskStatus
    deadline: datetime | None = None
    attempts: int = 0

    @property
    def is_pending(self) -> bool:
        """Whether the saga waits for it, to be done or undone."""
        return self.status in IS_OPEN or self.status is TaskStatus.UNDOING

    def to_data(self) -> list[Any]:
        return [self.step, self.item, self.status, self.deadline and self.deadline.isoformat(), self.attempts]

    @classmethod
    def from_data(cls, data: Sequence[Any]) -> Self:
        step, item, status, deadline, attempts = data
        return cls(step, item, TaskStatus(status), deadline and datetime.fromisoformat(deadline), attempts)


@dataclass(frozen=True, slots=True)
class SagaState:
    """One piece of work. `data` holds JSON values that commands are made of; `reason` says why it failed.

    `step` is the one that it waits for, and the last one at the end.
    """

    key: str
    status: SagaStatus
    step: str
    data: Mapping[str, Any]
    tasks: tuple[Task, ...] = ()
    reason: str | None = None
    version: int = 0
    traceparent: str | None = None

    @property
    def deadline(self) -> datetime | None:
        """The earliest of its tasks."""
        return min((task.deadline for task in self.tasks if task.deadline is not None), default=None)

    @property
    def attempts(self) -> int:
        """How often undoing has been requested again."""
        return max((task.attempts for task in self.tasks if task.status is TaskStatus.UNDOING), default=0)

    def kept(self, step: str, item: str | None = None) -> Mapping[str, Any]:
        """What was kept of the replies to the item (None: the saga's key); empty when nothing was."""
        kept: Mapping[str, Any] = self.data.get(KEPT, {}).get(f"{step}/{item or self.key}", {})
        return kept

    def find_task(self, step: str, item: str) -> Task | None:
        return next((task for task in self.tasks if (task.step, task.item) == (step, item)), None)

    def tasks_of(self, steps: Iterable[str]) -> list[Task]:
        wanted = frozenset(steps)
        return [task for task in self.tasks if task.step in wanted]

    def with_task(self, changed: Task) -> SagaState:
        """The same with this task for the one of its step and item, added when there is none."""
        key = (changed.step, changed.item)
        others = tuple(changed if (task.step, task.item) == key else task for task in self.tasks)
        return replace(self, tasks=others if changed in others else (*self.tasks, changed))

    def with_kept(self, task: Task, facts: Mapping[str, Any]) -> SagaState:
        """The same with fields of a reply kept for later commands."""
        if not facts:
            return self
        kept = dict(self.data.get(KEPT, {}))
        kept[f"{task.step}/{task.item}"] = {**kept.get(f"{task.step}/{task.item}", {}), **facts}
        return replace(self, data={**self.data, KEPT: kept})

    def failing(self, reason: str) -> SagaState:
        return replace(self, reason=reason[:_MAX_REASON])


@dataclass(frozen=True, slots=True)
class Address:
    """Where a reply belongs: what the correlation of its command says."""

    saga: str
    key: str
    step: str
    item: str


def read_address(correlation: str | None) -> Address | None:
    """The address in a correlation; None for one that no saga gave."""
    parts = (correlation or "").split("/")
    return Address(*parts) if len(parts) == _ADDRESS_PARTS else None


async def find_saga(unit: UnitOfWork[Any], saga: Saga, key: str) -> SagaState | None:
    """Where the work of that key stands; the row is locked, for its replies may come side by side."""
    query = select(SAGAS).where(SAGAS.c.name == saga.name, SAGAS.c.key == key).with_for_update()
    row = (await unit.session.execute(query)).one_or_none()
    return None if row is None else _read(row)


async def insert_saga(unit: UnitOfWork[Any], saga: Saga, state: SagaState) -> None:
    """Add the row; raises IntegrityError when there is one of that key."""
    values = {"name": saga.name, "created_at": unit.now, "traceparent": state.traceparent, **_columns(unit, state)}
    await unit.session.execute(SAGAS.insert().values(**values))


async def save_saga(unit: UnitOfWork[Any], saga: Saga, state: SagaState) -> None:
    """Write it down; raises ConcurrentChange when it has moved on since it was read."""
    statement = (
        update(SAGAS)
        .where(SAGAS.c.name == saga.name, SAGAS.c.key == state.key, SAGAS.c.version == state.version)
        .values(**_columns(unit, replace(state, version=state.version + 1)))
    )
    if changed_rows(await unit.session.execute(statement)) != 1:
        raise ConcurrentChange(f"The {saga.name} {state.key!r} moved on in the meantime.")


def _read(row: Row[Any]) -> SagaState:
    return SagaState(
        key=row.key,
        status=SagaStatus(row.status),
        step=row.step,
        data=row.data,
        tasks=read_tasks(row),
        reason=row.reason,
        version=row.version,
        traceparent=row.traceparent,
    )


def read_tasks(row: Row[Any]) -> tuple[Task, ...]:
    """The tasks of a row of the table."""
    return tuple(Task.from_data(task) for task in row.tasks)


def _columns(unit: UnitOfWork[Any], state: SagaState) -> dict[str, Any]:
    return {
        "key": state.key,
        "status": state.status,
        "step": state.step,
        "data": dict(state.data),
        "tasks": [task.to_data() for task in state.tasks],
        "reason": state.reason,
        "attempts": state.attempts,
        "deadline": state.deadline,
        "version": state.version,
        "updated_at": unit.now,
    }
