"""The same in the files of an embedded shop, beside the process that has them open."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from tests.support.volume.filling import OF_CUSTOMERS, Dialect, batches
from tests.support.volume.template import SKIPPED, Known, OrderTemplate, WrittenRow, list_own

_SQLITE: Final = Dialect("substr({0}, 1, length({0}) - 8)", "printf('%08x', {0})")
_PATIENCE: Final = 60.0
_TABLES: Final = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
_COLUMNS: Final = "SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid"
_UNIQUE: Final = """
SELECT info.name FROM pragma_index_list(?) AS list JOIN pragma_index_info(list.name) AS info
WHERE list."unique" GROUP BY list.name HAVING count(*) = 1"""


def read_known_files(folder: Path) -> dict[str, Known]:
    """What there is in each database of the folder."""
    found = {}
    for path in _list_databases(folder):
        with _open(path) as connection:
            found[path.stem] = {
                table: frozenset(connection.execute(f'SELECT {_print_keys(connection, table)} FROM "{table}"'))  # noqa: S608 - a table of ours
                for table in _list_tables(connection)
            }
    return found


def read_template_of_files(folder: Path, known: Mapping[str, Known]) -> OrderTemplate:
    """The rows that were made, and are still there, since `read_known_files` was asked; as one transaction each."""
    transactions, once = {}, {}
    for path in _list_databases(folder):
        with _open(path) as connection:
            tables = _list_tables(connection)
            rows = [row for table in tables for row in _read_rows(connection, table, known[path.stem][table])]
            transactions[path.stem] = [rows]
            once[path.stem] = {
                table: frozenset(name for (name,) in connection.execute(_UNIQUE, [table])) for table in tables
            }
    return OrderTemplate(transactions, list_own(transactions, once))


def fill_files(folder: Path, template: OrderTemplate, customer: str, first: int, last: int) -> int:
    """Rows of orders numbered from `first` up to `last`; how many rows."""
    rows = 0
    for name, tables in template.of_tables().items():
        with _open(folder / f"{name}.db") as connection:
            for table, wanted in tables.items():
                for begin, end in batches(table, first, last):
                    for row in wanted:
                        rows += _copy(connection, row, template.own - {customer}, customer, begin, end)
    return rows


def _copy(
    connection: sqlite3.Connection, row: WrittenRow, own: frozenset[str], customer: str, begin: int, end: int
) -> int:
    if row.table in OF_CUSTOMERS:
        customer = ""
    columns = [f'"{name}"' for name in row.columns]
    values = [_SQLITE.renumber(*pair, own, customer) for pair in zip(columns, row.values, strict=True)]
    statement = f"""
    INSERT OR IGNORE INTO "{row.table}" ({", ".join(columns)})
    WITH RECURSIVE numbers (n) AS (SELECT ? UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?)
    SELECT {", ".join(values)} FROM (SELECT * FROM "{row.table}" WHERE rowid = ?) AS made, numbers"""  # noqa: S608 - the same
    return connection.execute(statement, [begin, end, row.place]).rowcount


def _read_rows(connection: sqlite3.Connection, table: str, known: frozenset[tuple[Any, ...]]) -> Iterator[WrittenRow]:
    keys = _print_keys(connection, table)
    count = keys.count(",") + 1
    columns = tuple(
        name for name, type_, _ in connection.execute(_COLUMNS, [table]) if (f'"{name}"', type_) != (keys, "INTEGER")
    )
    named = ", ".join(f'"{name}"' for name in columns)
    for place, *values in connection.execute(f'SELECT rowid, {keys}, {named} FROM "{table}"'):  # noqa: S608 - the same
        if tuple(values[:count]) not in known:
            yield WrittenRow(table, str(place), columns, tuple(values[count:]))


def _print_keys(connection: sqlite3.Connection, table: str) -> str:
    keys = sorted((place, name) for name, _, place in connection.execute(_COLUMNS, [table]) if place)
    return ", ".join(f'"{name}"' for _, name in keys)


def _list_tables(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute(_TABLES) if name not in SKIPPED]


def _list_databases(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.db"))


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that commits each statement, and waits while the shop writes."""
    with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as connection:
        yield connection
