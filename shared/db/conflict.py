"""INSERT that minds a row already there, in the one form that both databases know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import CursorResult, Table, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession


async def insert_or_ignore(session: AsyncSession, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert the row unless its key is taken; whether it was inserted."""
    result = await session.execute(_insert(session, table).values(**row).on_conflict_do_nothing())
    return changed_rows(result) == 1


async def upsert(session: AsyncSession, table: Table, row: Mapping[str, Any], *, fill: Collection[str] = ()) -> None:
    """Insert the row, or bring the one of the same primary key up to it; columns of `fill` only where it holds null."""
    keys = [column.name for column in table.primary_key]
    statement = _insert(session, table).values(**row)
    given = {name: statement.excluded[name] for name in row if name not in keys}
    changes = {name: func.coalesce(table.c[name], new) if name in fill else new for name, new in given.items()}
    if changes:
        await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes))
    else:
        await session.execute(statement.on_conflict_do_nothing(index_elements=keys))


def changed_rows(result: Any) -> int:
    """How many rows an INSERT, UPDATE or DELETE touched: what a guard in one conditional statement asks."""
    assert isinstance(result, CursorResult)
    return result.rowcount


def _insert(session: AsyncSession, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(table)
