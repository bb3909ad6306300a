"""Sagas: work that spans domains, declared as steps and compensations, its state in a table, resumable at any line.

A step sends a command and waits for one of its replies. A failed step sets off the compensations of the steps before
it, last first; a step that timed out is compensated too, for nobody knows whether it took effect. Commands of one saga
share one subject, so a compensation never overtakes what it undoes; every receiver is idempotent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import select, update

from entrepot.shared.db import ConcurrentChange, changed_rows
from entrepot.shared.events.event import Event
from entrepot.shared.events.outbox.unit_of_work import UnitOfWork
from entrepot.shared.events.saga.pausing import is_not_paused
from entrepot.shared.events.tables import SAGAS
from entrepot.shared.telemetry import current_trace

_RESEND: Final = timedelta(seconds=30)
_MAX_REASON: Final = 255
TIMED_OUT: Final = "TIMED_OUT"

Command = Callable[[UnitOfWork[Any], "SagaState"], Event]
Ending = Callable[[UnitOfWork[Any], "SagaState"], Awaitable[None]]


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


@dataclass(frozen=True, slots=True)
class SagaState:
    """One piece of work. `data` holds JSON values that commands are made of; `reason` says why it failed."""

    key: str
    status: SagaStatus
    step: str
    data: Mapping[str, Any]
    reason: str | None = None
    attempts: int = 0
    version: int = 0
    deadline: datetime | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """`command` asks another domain; `done` and `failed` are its replies; the compensation undoes it.

    `timeout` is in seconds. `keep` names fields of the `done` reply that later commands need.
    """

    name: str
    command: Command
    done: type[Event]
    failed: tuple[type[Event], ...] = ()
    compensation: Command | None = None
    compensated: type[Event] | None = None
    timeout: float = 60.0
    keep: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.compensation is None) != (self.compensated is None):
            raise ValueError(f"The step {self.name} needs a compensation and the reply to it, or neither.")


@dataclass(frozen=True, slots=True)
class Saga:
    """A kind of work: its steps in order, and what to do at either end, in the transaction of the end."""

    name: str
    steps: tuple[Step, ...]
    on_completed: Ending
    on_failed: Ending

    def __post_init__(self) -> None:
        for what in ("name", "done", "compensated"):
            values = [value for step in self.steps if (value := getattr(step, what)) is not None]
            if len(set(values)) < len(values):
                raise ValueError(f"Two steps of the saga {self.name} share their {what!r}, which must be unique.")

    @property
    def replies(self) -> Sequence[type[Event]]:
        """Every contract that moves the saga on."""
        found = [(step.done, *step.failed, step.compensated) for step in self.steps]
        return [reply for replies in found for reply in replies if reply is not None]

    def index(self, name: str) -> int:
        return next(position for position, step in enumerate(self.steps) if step.name == name)


async def start_saga(unit: UnitOfWork[Any], saga: Saga, key: str, data: Mapping[str, Any]) -> None:
    """Begin with the first step, in the caller's transaction."""
    first = saga.steps[0]
    state = SagaState(key, SagaStatus.RUNNING, first.name, data)
    trace = current_trace()
    await unit.session.execute(
        SAGAS.insert().values(
            name=saga.name,
            created_at=unit.now,
            traceparent=trace.traceparent if trace else None,
            **_columns(unit, state, deadline=timedelta(seconds=first.timeout)),
        )
    )
    unit.publish(first.command(unit, state))


async def advance_saga(unit: UnitOfWork[Any], saga: Saga, reply: Event) -> bool:
    """Move on by a reply; False for one that the saga does not wait for (repeated, or late), which changes nothing."""
    state = await find_saga(unit, saga, reply.subject)
    if state is None:
        return False
    step = saga.steps[saga.index(state.step)]
    if state.status is SagaStatus.RUNNING and isinstance(reply, step.done):
        kept = {name: getattr(reply, name) for name in step.keep}
        await _enter_next(unit, saga, replace(state, data={**state.data, **kept}))
    elif state.status is SagaStatus.RUNNING and isinstance(reply, step.failed):
        await _compensate_before(unit, saga, _failing(state, str(getattr(reply, "reason", type(reply).__name__))))
    elif state.status is SagaStatus.COMPENSATING and step.compensated and isinstance(reply, step.compensated):
        await _compensate_before(unit, saga, state)
    else:
        return False
    return True


async def fail_saga(unit: UnitOfWork[Any], saga: Saga, key: str, reason: str) -> bool:
    """Give up a running saga from outside, as a cancellation does; whether it was running."""
    state = await find_saga(unit, saga, key)
    if state is None or state.status is not SagaStatus.RUNNING:
        return False
    await _compensate_from(unit, saga, _failing(state, reason), saga.index(state.step))
    return True


async def find_overdue(unit: UnitOfWork[Any], saga: Saga, limit: int) -> Sequence[str]:
    """The keys of sagas whose reply has not come in time; none while an operator has paused them."""
    overdue = (SAGAS.c.name == saga.name, SAGAS.c.deadline <= unit.now)
    query = select(SAGAS.c.key).where(*overdue, is_not_paused(saga.name))
    return (await unit.session.scalars(query.order_by(SAGAS.c.deadline).limit(limit))).all()


async def resolve_overdue(unit: UnitOfWork[Any], saga: Saga, key: str) -> None:
    """Fail an overdue step, or send an overdue compensation once more: that one is never given up.

    Does nothing for a saga that moved on since it was found overdue.
    """
    state = await find_saga(unit, saga, key)
    if state is None or state.deadline is None or state.deadline > unit.now:
        return
    # Nobody's request leads here: what is sent belongs to the trace that the saga began in.
    with unit.start_span(f"saga {saga.name}", state.traceparent):
        await _resolve(unit, saga, state)


async def _resolve(unit: UnitOfWork[Any], saga: Saga, state: SagaState) -> None:
    if state.status is SagaStatus.RUNNING:
        await _compensate_from(unit, saga, _failing(state, TIMED_OUT), saga.index(state.step))
    elif state.status is SagaStatus.COMPENSATING:
        step = saga.steps[saga.index(state.step)]
        assert step.compensation is not None
        unit.publish(step.compensation(unit, state))
        await _save(unit, saga, replace(state, attempts=state.attempts + 1), deadline=_RESEND)


async def find_saga(unit: UnitOfWork[Any], saga: Saga, key: str) -> SagaState | None:
    """Where the work of that key stands."""
    row = (await unit.session.execute(select(SAGAS).where(SAGAS.c.name == saga.name, SAGAS.c.key == key))).one_or_none()
    if row is None:
        return None
    status = SagaStatus(row.status)
    return SagaState(
        row.key, status, row.step, row.data, row.reason, row.attempts, row.version, row.deadline, row.traceparent
    )


def _failing(state: SagaState, reason: str) -> SagaState:
    return replace(state, reason=reason[:_MAX_REASON])


async def _enter_next(unit: UnitOfWork[Any], saga: Saga, state: SagaState) -> None:
    position = saga.index(state.step) + 1
    if position == len(saga.steps):
        done = replace(state, status=SagaStatus.COMPLETED)
        await _save(unit, saga, done, deadline=None)
        await saga.on_completed(unit, done)
        return
    step = saga.steps[position]
    entered = replace(state, step=step.name)
    await _save(unit, saga, entered, deadline=timedelta(seconds=step.timeout))
    unit.publish(step.command(unit, entered))


async def _compensate_before(unit: UnitOfWork[Any], saga: Saga, state: SagaState) -> None:
    await _compensate_from(unit, saga, state, saga.index(state.step) - 1)


async def _compensate_from(unit: UnitOfWork[Any], saga: Saga, state: SagaState, position: int) -> None:
    """Undo the step at the position, or the nearest before it that can be undone; fail when there is none."""
    for step in reversed(saga.steps[: position + 1]):
        if step.compensation is not None:
            entered = replace(state, status=SagaStatus.COMPENSATING, step=step.name)
            await _save(unit, saga, entered, deadline=_RESEND)
            unit.publish(step.compensation(unit, entered))
            return
    failed = replace(state, status=SagaStatus.FAILED)
    await _save(unit, saga, failed, deadline=None)
    await saga.on_failed(unit, failed)


async def _save(unit: UnitOfWork[Any], saga: Saga, state: SagaState, *, deadline: timedelta | None) -> None:
    statement = (
        update(SAGAS)
        .where(SAGAS.c.name == saga.name, SAGAS.c.key == state.key, SAGAS.c.version == state.version)
        .values(**_columns(unit, replace(state, version=state.version + 1), deadline=deadline))
    )
    if changed_rows(await unit.session.execute(statement)) != 1:
        raise ConcurrentChange(f"The {saga.name} {state.key!r} moved on in the meantime.")


def _columns(unit: UnitOfWork[Any], state: SagaState, *, deadline: timedelta | None) -> dict[str, Any]:
    return {
        "key": state.key,
        "status": state.status,
        "step": state.step,
        "data": dict(state.data),
        "reason": state.reason,
        "attempts": state.attempts,
        "deadline": unit.now + deadline if deadline is not None else None,
        "version": state.version,
        "updated_at": unit.now,
    }
