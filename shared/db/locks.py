"""Row locks in one order: transactions that lock the same rows never wait for each other crosswise."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import Column, Select, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from entrepot.shared.db.among import among

KeyColumn = Column[Any] | InstrumentedAttribute[Any]
"""The primary key of a table with rows to lock."""

_CHUNK: Final = 1_000
_INFO: Final = "entrepot_locked_rows"


async def lock_rows(
    session: AsyncSession, column: KeyColumn, keys: Iterable[Any], *, skip_locked: bool = False
) -> set[Any]:
    """Lock the rows with these keys until the transaction ends; wait for those that another transaction has locked.

    All transactions lock in the order of the keys. One that locks rows of several tables, or in several calls, has to
    begin with what sorts first: see `Locks` for handlers of events. Rows that this transaction has locked cost nothing;
    keys without a row are ignored. With `skip_locked`, rows that another transaction has locked are not waited for:
    returns the keys of those. SQLite has one writer at a time, and no row locks.
    """
    if session.get_bind().dialect.name == "sqlite":
        return set()
    locked: set[Any] = session.info.setdefault(_INFO, {}).setdefault(name_of(column), set())
    missing = sorted(set(keys) - locked)
    for start in range(0, len(missing), _CHUNK):
        chunk = missing[start : start + _CHUNK]
        locked.update(await session.scalars(_build_query(column, skip_locked=skip_locked), {"keys": chunk}))
    left = sorted(set(missing) - locked) if skip_locked else []
    # Of what was not locked, some is held by others, and some is not there: a new variant has no row yet.
    return set(await session.scalars(_build_search(column), {"keys": left})) if left else set()


def name_of(column: KeyColumn) -> str:
    """The name by which tables are put in order: `table.column`."""
    expression = _expression_of(column)
    return f"{expression.table.name}.{expression.name}"


@cache
def _build_query(column: KeyColumn, *, skip_locked: bool) -> Select[Any]:
    # Not FOR UPDATE: that would also wait for transactions that insert rows which refer to these, and they lock in
    # the order of their inserts. Keys are never changed, so the weaker lock excludes everybody that the stronger one
    # would exclude.
    expression = _expression_of(column)
    # Text in the order in which Python sorts it: the order of the database depends on how it was created.
    order = expression.collate("C") if isinstance(expression.type, String) else expression
    query = select(expression).where(among(expression, "keys")).order_by(order)
    return query.with_for_update(key_share=True, skip_locked=skip_locked)


@cache
def _build_search(column: KeyColumn) -> Select[Any]:
    expression = _expression_of(column)
    return select(expression).where(among(expression, "keys"))


def _expression_of(column: KeyColumn) -> Column[Any]:
    found: Any = column.expression if isinstance(column, InstrumentedAttribute) else column
    return cast("Column[Any]", found)
