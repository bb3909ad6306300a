"""What one order writes: the rows that it leaves in each database, transaction by transaction."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import URL

from tests.support.up import ObservedShop

SKIPPED = ("alembic_version", "kernel_version")
_DIGITS = 8
_ID = re.compile(r"[a-z]+_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_KEYS = """
SELECT conrelid::regclass::text, (
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
  WHERE attrelid = conrelid AND attnum = ANY(conkey))
FROM pg_constraint WHERE contype = 'p' AND connamespace = 'public'::regnamespace ORDER BY 1"""
_UNIQUE = """
SELECT indrelid::regclass::text, array_agg(attname) FROM pg_index
JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
WHERE indisunique AND indnkeyatts = 1 GROUP BY 1"""
_ONCE = frozenset({"key", "event_id"})
"""Columns of what there may be only once together with others."""
_NONE: frozenset[str] = frozenset()
_COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
  AND attidentity = '' AND NOT EXISTS (
    SELECT FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum
      AND pg_get_expr(adbin, adrelid) LIKE 'nextval%') ORDER BY attnum"""


@dataclass(frozen=True)
class WrittenRow:
    """One row of a table; `columns` are those that the database does not number itself, `place` is its ctid."""

    table: str
    place: str
    columns: tuple[str, ...]
    values: tuple[Any, ...]


@dataclass(frozen=True)
class OrderTemplate:
    """By database, each transaction's rows in the order of its commits; `own` are the texts that name this order."""

    transactions: Mapping[str, Sequence[Sequence[WrittenRow]]]
    own: frozenset[str]

    @property
    def rows(self) -> int:
        return sum(len(rows) for each in self.transactions.values() for rows in each)

    @property
    def commits(self) -> int:
        return sum(len(each) for each in self.transactions.values())

    def of_tables(self) -> dict[str, dict[str, list[WrittenRow]]]:
        """The rows by database and table."""
        found: dict[str, dict[str, list[WrittenRow]]] = {}
        for name, transactions in self.transactions.items():
            tables = found.setdefault(name, defaultdict(list))
            for rows in transactions:
                for row in rows:
                    tables[row.table].append(row)
        return found


def dsn_of(url: URL) -> str:
    """As asyncpg itself takes it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


Known = Mapping[str, frozenset[tuple[Any, ...]]]
"""Table -> the primary keys of its rows."""


async def read_known(shop: ObservedShop) -> dict[str, Known]:
    """What there is in each database."""
    found = {}
    for name, process in shop.processes.items():
        connection = await asyncpg.connect(dsn_of(process.database.url))
        try:
            found[name] = {
                table: frozenset(tuple(row) for row in await connection.fetch(f"SELECT {keys} FROM {table}"))  # noqa: S608
                for table, keys in await _list_keys(connection)
            }
        finally:
            await connection.close()
    return found


async def read_template(shop: ObservedShop, known: Mapping[str, Known]) -> OrderTemplate:
    """The rows that were made, and are still there, since `read_known` was asked."""
    transactions, once = {}, {}
    for name, process in shop.processes.items():
        connection = await asyncpg.connect(dsn_of(process.database.url))
        try:
            transactions[name] = await _read_rows(connection, known[name])
            once[name] = {table: frozenset(names) for table, names in await connection.fetch(_UNIQUE)}
        finally:
            await connection.close()
    return OrderTemplate(transactions, list_own(transactions, once))


def list_own(
    transactions: Mapping[str, Sequence[Sequence[WrittenRow]]],
    once: Mapping[str, Mapping[str, frozenset[str]]],
) -> frozenset[str]:
    """The texts that name what was made; `once` are, by database and table, columns of which each value is unique."""
    return frozenset(
        text
        for name, each in transactions.items()
        for rows in each
        for row in rows
        for text in (
            *_first_text(row.values),
            *_texts_of(row, _ONCE),
            *_texts_of(row, once[name].get(row.table, _NONE)),
        )
    )


async def _list_keys(connection: asyncpg.Connection) -> list[tuple[str, str]]:
    """Each table with the columns of its primary key."""
    return [(table, keys) for table, keys in await connection.fetch(_KEYS) if table not in SKIPPED]


async def _read_rows(connection: asyncpg.Connection, known: Known) -> list[list[WrittenRow]]:
    by_transaction: dict[int, list[WrittenRow]] = defaultdict(list)
    for table, keys in await _list_keys(connection):
        columns = tuple(name for (name,) in await connection.fetch(_COLUMNS, table))
        named = ", ".join(f'"{name}"' for name in columns)
        query = f"SELECT xmin::text::bigint, ctid::text, ROW({keys}), {named} FROM {table}"  # noqa: S608
        for written, place, key, *values in await connection.fetch(query):
            if tuple(key) not in known[table]:
                by_transaction[written].append(WrittenRow(table, place, columns, tuple(values)))
    return [rows for _, rows in sorted(by_transaction.items())]


def _first_text(values: Sequence[Any]) -> list[str]:
    """What names the row, where its first column is an id."""
    return [values[0]] if isinstance(values[0], str) and _ID.fullmatch(values[0]) else []


def _texts_of(row: WrittenRow, names: frozenset[str]) -> list[str]:
    return [
        value for name, value in zip(row.columns, row.values, strict=True) if name in names and isinstance(value, str)
    ]


def renumber(value: Any, own: frozenset[str], number: int) -> Any:
    """The value as another order has it: of the same length where that leaves room."""
    if not isinstance(value, str) or value not in own:
        return value
    suffix = f"{number:0{_DIGITS}x}"
    return value[:-_DIGITS] + suffix if has_room(value) else f"{value}-{suffix}"


def has_room(value: str) -> bool:
    """Whether a number can take the place of the end of the text, and still leave it what it is."""
    return len(value) > 2 * _DIGITS
