"""Sagas that an operator pauses and whose deadlines are shifted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from entrepot.shared.audit import Actor
from entrepot.shared.audit.tables import AUDIT_LOG
from entrepot.shared.errors import InvalidInput
from entrepot.shared.events.operations.administration import Decision
from entrepot.shared.events.saga.pausing import (
    find_pause,
    is_not_paused,
    pause_sagas,
    resume_sagas,
    shift_deadlines,
)
from entrepot.shared.events.saga.state import Task, TaskStatus
from entrepot.shared.events.saga.storage import read_tasks
from entrepot.shared.events.tables import SAGAS
from tests.support.kernel import Kernel

DECISION = Decision(Actor("operator:ada"), "restored")


async def write_sagas(kernel: Kernel, count: int) -> None:
    now = kernel.clock.now()
    rows = [
        {"name": "placement", "key": f"ord_{number:04}", "status": "RUNNING", "step": "one", "data": {}, "attempts": 0}
        | {"tasks": [Task("one", "a", TaskStatus.WAITING, now if number else None).to_data()]}
        | {"version": 3, "deadline": now if number else None, "created_at": now, "updated_at": now}
        for number in range(count)
    ]
    async with kernel.database.write() as session:
        await session.execute(SAGAS.insert(), rows)
        await session.commit()


async def overdue(kernel: Kernel) -> int:
    query = select(SAGAS.c.key).where(SAGAS.c.deadline <= kernel.clock.now(), is_not_paused("placement"))
    async with kernel.database.read() as session:
        return len((await session.scalars(query)).all())


async def test_no_deadline_counts_while_they_are_paused(kernel: Kernel) -> None:
    await write_sagas(kernel, 4)
    assert await overdue(kernel) == 3
    for _ in range(2):
        async with kernel.transactions.begin() as unit:
            await pause_sagas(unit, DECISION)
        assert await overdue(kernel) == 0
    async with kernel.database.read() as session:
        assert await find_pause(session) == kernel.clock.now()
    answers = []
    for _ in range(2):
        async with kernel.transactions.begin() as unit:
            answers.append(await resume_sagas(unit, DECISION))
    assert answers == [True, False]
    assert await overdue(kernel) == 3
    async with kernel.database.read() as session:
        assert await find_pause(session) is None
        actions = list(await session.scalars(select(AUDIT_LOG.c.action).order_by(AUDIT_LOG.c.sequence)))
    assert actions == ["pauseSagas", "pauseSagas", "resumeSagas"]


async def test_deadlines_are_shifted_all_of_them(kernel: Kernel) -> None:
    await write_sagas(kernel, 1_203)
    async with kernel.transactions.begin() as unit:
        assert await shift_deadlines(unit, DECISION, timedelta(hours=1)) == 1_202
    assert await overdue(kernel) == 0
    kernel.clock.advance(3600)
    assert await overdue(kernel) == 1_202
    rows = await kernel.rows(SAGAS)
    assert all(read_tasks(row)[0].deadline == row.deadline for row in rows)
    # Who saves one that was read before must notice.
    assert [row.version for row in rows] == [3, *[4] * 1_202]


async def test_a_pause_has_a_reason(kernel: Kernel) -> None:
    async with kernel.transactions.begin() as unit:
        with pytest.raises(InvalidInput, match="Say why"):
            await pause_sagas(unit, Decision(Actor("operator:ada"), " "))
