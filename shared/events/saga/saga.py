"""Sagas at work: commands are sent, replies move the work on, and what failed is undone, last first.

A failed item sets off the undoing of everything that took effect, or may have: an item that timed out is undone too,
for nobody knows. Replies find their saga by the correlation that their command carried. Commands of one item share one
subject, so what undoes an item never overtakes what it undoes; every receiver is idempotent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from entrepot.shared.events.cause import current_cause
from entrepot.shared.events.event import Event
from entrepot.shared.events.outbox.unit_of_work import UnitOfWork
from entrepot.shared.events.saga.declaration import Saga, Step
from entrepot.shared.events.saga.pausing import is_not_paused
from entrepot.shared.events.saga.state import (
    IS_OPEN,
    MAY_HAVE_EFFECT,
    SagaState,
    SagaStatus,
    Task,
    TaskStatus,
)
from entrepot.shared.events.saga.storage import find_saga, insert_saga, read_address, save_saga
from entrepot.shared.events.tables import SAGAS
from entrepot.shared.telemetry import current_trace

Unit = UnitOfWork[Any]

_RESEND: Final = timedelta(seconds=30)
TIMED_OUT: Final = "TIMED_OUT"


async def start_saga(unit: Unit, saga: Saga, key: str, data: Mapping[str, Any]) -> SagaState:
    """Begin with the first step that has items, in the caller's transaction; without any the saga is completed.

    Raises IntegrityError when the saga has that key already.
    """
    trace = current_trace()
    traceparent = trace.traceparent if trace else None
    begun = SagaState(key, SagaStatus.RUNNING, saga.stages[0][0].name, data, traceparent=traceparent)
    state = _enter(unit, saga, begun, 0)
    await insert_saga(unit, saga, state)
    if state.status is SagaStatus.COMPLETED:
        await saga.on_completed(unit, state)
    return state


async def advance_saga(unit: Unit, saga: Saga, reply: Event) -> SagaState | None:
    """Move on by the reply that is being handled; None when the saga does not wait for it, which changes nothing.

    A reply that is repeated or late, or that belongs to another saga, is not waited for.
    """
    address = read_address(current_cause().correlation)
    if address is None or address.saga != saga.name:
        return None
    state = await find_saga(unit, saga, address.key)
    task = state.find_task(address.step, address.item) if state is not None else None
    if state is None or task is None:
        return None
    step = saga.find_step(task.step)
    moved = _take(unit, saga, state, task, step, reply)
    if moved is None:
        return None
    kept = {name: getattr(reply, name) for name in step.keep if hasattr(reply, name)}
    moved = await _settle(unit, saga, moved.with_kept(task, kept))
    if type(reply) in step.shows and not any(task.is_pending for task in moved.tasks_of([step.name])):
        await saga.on_shown(unit, moved, step.shows[type(reply)])
    return moved


async def fail_saga(unit: Unit, saga: Saga, key: str, reason: str) -> bool:
    """Give up a running saga from outside, as a cancellation does; whether it was running."""
    state = await find_saga(unit, saga, key)
    if state is None or state.status is not SagaStatus.RUNNING:
        return False
    await _settle(unit, saga, _compensate(unit, saga, state.failing(reason)))
    return True


async def find_overdue(unit: Unit, saga: Saga, limit: int) -> Sequence[str]:
    """The keys of sagas with a task whose reply has not come in time; none while an operator has paused them."""
    overdue = (SAGAS.c.name == saga.name, SAGAS.c.deadline <= unit.now)
    query = select(SAGAS.c.key).where(*overdue, is_not_paused(saga.name))
    return (await unit.session.scalars(query.order_by(SAGAS.c.deadline).limit(limit))).all()


async def resolve_overdue(unit: Unit, saga: Saga, key: str) -> None:
    """Fail a saga with an overdue task, or request overdue undoing once more: that is never given up.

    Does nothing for a saga that moved on since it was found overdue.
    """
    state = await find_saga(unit, saga, key)
    if state is None or state.deadline is None or state.deadline > unit.now:
        return
    # Nobody's request leads here: what is sent belongs to the trace that the saga began in.
    with unit.start_span(f"saga {saga.name}", state.traceparent):
        if state.status is SagaStatus.RUNNING:
            await _settle(unit, saga, _compensate(unit, saga, state.failing(TIMED_OUT)))
        else:
            await save_saga(unit, saga, _undo_again(unit, saga, state))


def _take(unit: Unit, saga: Saga, state: SagaState, task: Task, step: Step, reply: Event) -> SagaState | None:
    """The state after the reply to the task; None when it changes nothing."""
    kind = type(reply)
    if state.status is SagaStatus.RUNNING and task.status in IS_OPEN:
        if kind is step.done:
            return _complete(unit, saga, state, task)
        if kind in step.branches:
            return _complete(unit, saga, state, task, saga.stage_of(step.branches[kind]))
        if kind in step.waits:
            return state.with_task(replace(task, status=TaskStatus.PAUSED, deadline=None))
        if kind in step.failed:
            refused = state.with_task(replace(task, status=TaskStatus.FAILED, deadline=None))
            return _compensate(unit, saga, refused.failing(str(getattr(reply, "reason", kind.__name__))))
    elif task.status is TaskStatus.UNDOING and kind is step.undone:
        undone = state.with_task(replace(task, status=TaskStatus.UNDONE, deadline=None))
        return _undo_rest(unit, saga, undone, saga.stage_of(step.name))
    return None


async def _settle(unit: Unit, saga: Saga, state: SagaState) -> SagaState:
    """Write the state down, and do what its end asks for."""
    await save_saga(unit, saga, state)
    if state.status is SagaStatus.COMPLETED:
        await saga.on_completed(unit, state)
    elif state.status is SagaStatus.FAILED:
        await saga.on_failed(unit, state)
    return state


def _complete(unit: Unit, saga: Saga, state: SagaState, task: Task, target: int | None = None) -> SagaState:
    """The item is done: when it was the last of its stage, the next one begins."""
    done = state.with_task(replace(task, status=TaskStatus.DONE, deadline=None))
    position = saga.stage_of(task.step)
    beside = done.tasks_of(step.name for step in saga.stages[position])
    still = next((other for other in beside if other.status in IS_OPEN), None)
    if still is not None:
        return replace(done, step=still.step)
    return _enter(unit, saga, done, position + 1 if target is None else target)


def _enter(unit: Unit, saga: Saga, state: SagaState, position: int) -> SagaState:
    """Begin the stage at the position, or the nearest after it that has items; complete when there is none."""
    for stage in saga.stages[position:]:
        entered = state
        for step in stage:
            for item in step.items(state):
                entered = entered.with_task(Task(step.name, item, TaskStatus.WAITING, _after(unit.now, step.timeout)))
        begun = entered.tasks_of(step.name for step in stage)
        if begun:
            entered = replace(entered, step=begun[0].step)
            for task in begun:
                _send(unit, saga, entered, task)
            return entered
    return replace(state, status=SagaStatus.COMPLETED)


def _compensate(unit: Unit, saga: Saga, state: SagaState) -> SagaState:
    """Undo what took effect or may have, stage by stage, from the one that the saga stands in."""
    return _undo_rest(unit, saga, replace(state, status=SagaStatus.COMPENSATING), saga.stage_of(state.step))


def _undo_rest(unit: Unit, saga: Saga, state: SagaState, position: int) -> SagaState:
    """Undo the stage at the position, or the nearest before it with something to undo; failed when there is none."""
    for stage in reversed(saga.stages[: position + 1]):
        state = _undo_stage(unit, saga, state, stage)
        undoing = [task for task in state.tasks_of(step.name for step in stage) if task.status is TaskStatus.UNDOING]
        if undoing:
            return replace(state, step=undoing[0].step)
    return replace(state, status=SagaStatus.FAILED)


def _undo_stage(unit: Unit, saga: Saga, state: SagaState, stage: Sequence[Step]) -> SagaState:
    for step in stage:
        for task in state.tasks_of([step.name]):
            if task.status not in MAY_HAVE_EFFECT:
                continue
            if step.undo is None:
                state = state.with_task(replace(task, status=TaskStatus.UNDONE, deadline=None))
                continue
            undoing = replace(task, status=TaskStatus.UNDOING, deadline=unit.now + _RESEND)
            state = state.with_task(undoing)
            _send(unit, saga, state, undoing)
    return state


def _undo_again(unit: Unit, saga: Saga, state: SagaState) -> SagaState:
    """Request once more what is overdue."""
    for task in state.tasks:
        if task.deadline is not None and task.deadline <= unit.now:
            again = replace(task, deadline=unit.now + _RESEND, attempts=task.attempts + 1)
            state = state.with_task(again)
            _send(unit, saga, state, again)
    return state


def _send(unit: Unit, saga: Saga, state: SagaState, task: Task) -> None:
    """Publish the command that the task waits for the reply of."""
    step = saga.find_step(task.step)
    request = step.undo if task.status is TaskStatus.UNDOING else step.command
    assert request is not None, "only what can be undone is being undone"
    command = request(unit, state, task.item)
    unit.publish(command, correlation=saga.correlate(state.key, task.step, task.item))


def _after(now: datetime, seconds: float | None) -> datetime | None:
    return None if seconds is None else now + timedelta(seconds=seconds)
