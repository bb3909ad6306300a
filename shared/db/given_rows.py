"""Many rows as one parameter: an INSERT or UPDATE of any number of them is one statement with one text.

`executemany` sends a statement for each row, and a `VALUES` list is another text for each number of rows. The rows are
JSON here: `json_to_recordset` reads them on PostgreSQL, `json_each` on SQLite.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    Dialect,
    Integer,
    Select,
    Subquery,
    Table,
    Text,
    bindparam,
    cast,
    func,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

ROWS: Final = "given_rows"
"""The parameter that `encode_rows` makes."""
_PLACE: Final = "given_place"


@cache
def given_rows(dialect: str, columns: tuple[Column[Any], ...]) -> Subquery:
    """The rows of the parameter as a table with these columns, in the order in which they were given."""
    if dialect == "sqlite":
        each = func.json_each(bindparam(ROWS, type_=Text)).table_valued("key", "value")
        values = [func.json_extract(each.c.value, f"$.{column.name}").label(column.name) for column in columns]
        return select(*values).order_by(cast(each.c.key, Integer)).subquery("given")
    typed = [Column(column.name, column.type) for column in columns]
    table = func.json_to_recordset(cast(bindparam(ROWS, type_=Text), JSON)).table_valued(
        Column(_PLACE, Integer), *typed
    )
    each = table.render_derived(name="each", with_types=True)
    return select(*(each.c[column.name] for column in columns)).order_by(each.c[_PLACE]).subquery("given")


def select_given(dialect: str, columns: tuple[Column[Any], ...]) -> Select[Any]:
    """The same for INSERT ... SELECT: with a condition, for SQLite takes an ON CONFLICT without one for a join's."""
    return select(given_rows(dialect, columns)).where(true())


def encode_rows(dialect: Dialect, columns: Sequence[Column[Any]], rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The parameter for `given_rows`: values by the names or keys of the columns, as the column types store them."""
    writers = [(column.name, column.key, _writer(dialect, column)) for column in columns]
    given = [
        {_PLACE: place} | {name: None if (value := row[key]) is None else write(value) for name, key, write in writers}
        for place, row in enumerate(rows)
    ]
    return {ROWS: json.dumps(given)}


async def insert_rows(session: AsyncSession, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows, which name the same columns, in their order, by one statement."""
    if len(rows) == 1:
        await session.execute(table.insert(), rows[0])
        return
    dialect = session.get_bind().dialect
    columns = tuple(table.c[key] for key in rows[0])
    await session.execute(_inserting(dialect.name, table, columns), encode_rows(dialect, columns, rows))


@cache
def _inserting(dialect: str, table: Table, columns: tuple[Column[Any], ...]) -> Any:
    insert = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)
    return insert.from_select([column.key for column in columns], select_given(dialect, columns))


def _writer(dialect: Dialect, column: Column[Any]) -> Any:
    """How a value of the column stands in JSON."""
    if dialect.name == "sqlite":
        write = column.type.dialect_impl(dialect).bind_processor(dialect)
        return _keep if write is None else write
    return _write


def _keep(value: Any) -> Any:
    return value


def _write(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
