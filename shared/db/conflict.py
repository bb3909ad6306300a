"""INSERT that minds a row already there, in the one form that both databases know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import CursorResult, Table, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db.given_rows import encode_rows, select_given

Insert = sqlite.Insert | postgresql.Insert


async def insert_or_ignore(session: AsyncSession, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert the row unless its key is taken; whether it was inserted."""
    return changed_rows(await session.execute(_ignoring(_dialect(session), table), row)) == 1


async def insert_all_or_ignore(
    session: AsyncSession, table: Table, rows: Sequence[Mapping[str, Any]]
) -> set[tuple[Any, ...]]:
    """Insert the rows whose keys are free; the primary keys of those that were inserted."""
    statement = _ignoring(_dialect(session), table).returning(*table.primary_key)
    return {tuple(row) for row in await session.execute(statement, rows)}


async def upsert(session: AsyncSession, table: Table, *rows: Mapping[str, Any], fill: Collection[str] = ()) -> None:
    """Insert the rows, or bring those of the same primary keys up to them; columns of `fill` only where they are null.

    All rows name the same columns; they are written in their order, by one statement.
    """
    dialect, names = session.get_bind().dialect, tuple(rows[0])
    if len(rows) == 1:
        await session.execute(_updating(dialect.name, table, names, frozenset(fill)), rows[0])
        return
    statement = _updating(dialect.name, table, names, frozenset(fill), from_given=True)
    await session.execute(statement, encode_rows(dialect, [table.c[name] for name in names], rows))


def insert_into(session: AsyncSession, table: Table) -> Insert:
    """An INSERT of the session's database, whose conflicts the caller deals with."""
    return _insert(_dialect(session), table)


async def upsert_newest(session: AsyncSession, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows, or bring those of the same primary keys up to them unless their `revision` is newer.

    Returns how many rows were written. All rows name the same columns, and no key stands twice; each thousand of them
    is one statement.
    """
    # RETURNING makes SQLAlchemy write many rows into one statement; without it each row is one of its own.
    statement = _bringing_up(_dialect(session), table, tuple(rows[0])).returning(*table.primary_key)
    return len((await session.execute(statement, rows)).all())


def changed_rows(result: Any) -> int:
    """How many rows an INSERT, UPDATE or DELETE touched: what a guard in one conditional statement asks."""
    assert isinstance(result, CursorResult)
    return result.rowcount


# Built once a table: making a statement costs more than running it.
@cache
def _ignoring(dialect: str, table: Table) -> Insert:
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _updating(
    dialect: str, table: Table, names: tuple[str, ...], fill: frozenset[str], *, from_given: bool = False
) -> Insert:
    keys = [column.name for column in table.primary_key]
    statement = _insert(dialect, table)
    if from_given:
        statement = statement.from_select(names, select_given(dialect, tuple(table.c[name] for name in names)))
    given = {name: statement.excluded[name] for name in names if name not in keys}
    changes = {name: func.coalesce(table.c[name], new) if name in fill else new for name, new in given.items()}
    if not changes:
        return statement.on_conflict_do_nothing(index_elements=keys)
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


@cache
def _bringing_up(dialect: str, table: Table, names: tuple[str, ...]) -> Insert:
    keys = [column.name for column in table.primary_key]
    statement = _insert(dialect, table)
    changes = {name: statement.excluded[name] for name in names if name not in keys}
    is_newer = statement.excluded.revision >= table.c.revision
    return statement.on_conflict_do_update(index_elements=keys, set_=changes, where=is_newer)


def _insert(dialect: str, table: Table) -> Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def _dialect(session: AsyncSession) -> str:
    return session.get_bind().dialect.name
