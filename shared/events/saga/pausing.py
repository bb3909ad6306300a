"""Sagas of a restored database: paused while events are replayed, their deadlines shifted before they go on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, select, tuple_, update

from entrepot.shared.db import Reader, changed_rows, upsert
from entrepot.shared.events.operations.administration import Decision, Unit, check_reason, note_action
from entrepot.shared.events.saga.storage import read_tasks
from entrepot.shared.events.tables import SAGA_PAUSES, SAGAS

ALL: Final = "*"
"""The name that stands for every saga of a database."""
_BATCH: Final = 500
_SHIFT: Final = (
    update(SAGAS)
    .where(SAGAS.c.name == bindparam("of_name"), SAGAS.c.key == bindparam("of_key"))
    .values(deadline=bindparam("moved"), tasks=bindparam("shifted"), version=bindparam("next"))
)


def is_not_paused(saga: str) -> ColumnElement[bool]:
    """For the WHERE of a query: nobody has paused this saga, or all of them."""
    return ~exists(select(SAGA_PAUSES.c.name).where(SAGA_PAUSES.c.name.in_([saga, ALL])))


async def pause_sagas(unit: Unit, decision: Decision) -> None:
    """Have no deadline of any saga count from now on; replies still move sagas on. Raises InvalidInput."""
    check_reason(decision)
    await upsert(unit.session, SAGA_PAUSES, {"name": ALL, "paused_at": unit.now, "reason": decision.reason})
    await note_action(unit, decision, "PAUSE_SAGAS", ALL, 1)


async def resume_sagas(unit: Unit, decision: Decision) -> bool:
    """Have deadlines count again; whether they were paused."""
    was_paused = changed_rows(await unit.session.execute(delete(SAGA_PAUSES).where(SAGA_PAUSES.c.name == ALL))) > 0
    if was_paused:
        await note_action(unit, decision, "RESUME_SAGAS", ALL, 1)
    return was_paused


async def find_pause(reader: Reader) -> datetime | None:
    """Since when all sagas are paused; None when they are not."""
    moment: datetime | None = await reader.scalar(select(SAGA_PAUSES.c.paused_at).where(SAGA_PAUSES.c.name == ALL))
    return moment


async def shift_deadlines(unit: Unit, decision: Decision, by: timedelta) -> int:
    """Move the deadline of every saga that waits for a reply; how many there were.

    A saga that moves on at the same time is retried by its consumer, as after any concurrent change.
    """
    shifted, after = 0, ("", "")
    while rows := (await unit.session.execute(_select_waiting(after))).all():
        await unit.session.execute(
            _SHIFT,
            [
                {
                    "of_name": row.name,
                    "of_key": row.key,
                    "moved": row.deadline + by,
                    "shifted": [task.shifted(by).to_data() for task in read_tasks(row)],
                    "next": row.version + 1,
                }
                for row in rows
            ],
        )
        shifted += len(rows)
        after = (rows[-1].name, rows[-1].key)
    await note_action(unit, decision, "SHIFT_SAGA_DEADLINES", f"{by.total_seconds():g} s", shifted)
    return shifted


def _select_waiting(after: tuple[str, str]) -> Any:
    columns = (SAGAS.c.name, SAGAS.c.key, SAGAS.c.deadline, SAGAS.c.tasks, SAGAS.c.version)
    key = (SAGAS.c.name, SAGAS.c.key)
    waiting = and_(SAGAS.c.deadline.is_not(None), tuple_(*key) > after)
    return select(*columns).where(waiting).order_by(*key).limit(_BATCH).with_for_update()
