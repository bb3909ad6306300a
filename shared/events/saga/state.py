"""Where one piece of work stands, with its tasks: values, without the table that stores them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self

_MAX_REASON: Final = 255
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

    def shifted(self, by: timedelta) -> Self:
        """The same with its deadline, if it has one, that much later."""
        return self if self.deadline is None else replace(self, deadline=self.deadline + by)

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
