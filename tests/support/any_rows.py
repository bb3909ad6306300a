"""Rows that any table takes, made from what the database says of its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Connection, DateTime, MetaData, String, Table
from sqlalchemy.sql import sqltypes
from sqlalchemy.types import TypeEngine

ROWS = 3
_MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def write_rows(
    connection: Connection, skipped: frozenset[str], chosen: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[tuple[Any, ...]]]:
    """Some rows in every table but the skipped; all rows of each, as they are read.

    `chosen` are values by table and column, for what must agree with something else.
    """
    metadata = MetaData()
    metadata.reflect(connection)
    tables = [table for table in metadata.sorted_tables if table.name not in skipped]
    for table in tables:
        connection.execute(
            table.insert(), [_build_row(table, each, chosen.get(table.name, {})) for each in range(1, ROWS + 1)]
        )
    return {table.name: read_rows(connection, table) for table in tables}


def read_rows(connection: Connection, table: Table) -> list[tuple[Any, ...]]:
    """All rows of the table, in an order of their own."""
    return sorted((tuple(row) for row in connection.execute(table.select())), key=repr)


def _build_row(table: Table, number: int, chosen: Mapping[str, Any]) -> dict[str, Any]:
    row = {column.name: _build_value(table, column, number) for column in table.columns}
    for constraint in table.foreign_key_constraints:
        for element in constraint.elements:
            parent = element.column
            row[element.parent.name] = _build_value(parent.table, parent, number)
    return row | chosen


def _build_text(table: Table, column: Column[Any], number: int) -> str:
    text = f"{number}-{table.name}-{column.name}"
    return text[: column.type.length] if isinstance(column.type, String) and column.type.length else text


def _build_moment(_table: Table, column: Column[Any], _number: int) -> datetime:
    is_aware = isinstance(column.type, DateTime) and column.type.timezone
    return _MOMENT if is_aware else _MOMENT.replace(tzinfo=None)


_VALUES: tuple[tuple[type[TypeEngine[Any]], Callable[[Table, Column[Any], int], Any]], ...] = (
    (sqltypes.Boolean, lambda *_: False),
    (sqltypes.JSON, lambda _table, _column, number: {"number": number}),
    (sqltypes.DateTime, _build_moment),
    (sqltypes.Integer, lambda _table, _column, number: number),
    (sqltypes.Numeric, lambda _table, _column, number: Decimal(number)),
    (sqltypes.LargeBinary, lambda _table, _column, number: bytes([number])),
    (sqltypes.String, _build_text),
)
"""Type of a column -> its value in the row of that number."""


def _build_value(table: Table, column: Column[Any], number: int) -> Any:
    build = next(build for kind, build in _VALUES if isinstance(column.type, kind))
    return build(table, column, number)
