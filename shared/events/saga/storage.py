"""Sagas as rows of their table, and the address by which a reply finds its row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Row, select, update

from entrepot.shared.db import ConcurrentChange, changed_rows
from entrepot.shared.events.outbox.unit_of_work import UnitOfWork
from entrepot.shared.events.saga.declaration import Saga
from entrepot.shared.events.saga.state import SagaState, SagaStatus, Task
from entrepot.shared.events.tables import SAGAS

_ADDRESS_PARTS: Final = 4


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
