"""Tables as they are after very many orders: copies of one that was really placed, each under names of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from tests.support.up import ObservedShop
from tests.support.volume.template import OrderTemplate, WrittenRow, dsn_of, has_room

BATCH: Final = 50_000
CUSTOMERS: Final = 20
"""Orders that one customer has."""
KEPT_SHORTLY: Final = frozenset({"outbox", "outbox_streams", "inbox", "idempotency_keys", "sagas"})
"""What is pruned by rule: of these, no more than `RECENT` orders leave rows."""
RECENT: Final = 20_000
OF_CUSTOMERS: Final = frozenset({"users", "role_grants", "sessions", "refresh_tokens"})
_UNLIMITED: Final = {"statement_timeout": "0", "lock_timeout": "0", "idle_in_transaction_session_timeout": "0"}


@dataclass(frozen=True)
class Dialect:
    """How a database writes a text without its last eight characters ({0}), and a number ({0}) as eight digits."""

    shortened: str
    digits: str

    def renumber(self, column: str, value: Any, own: frozenset[str], customer: str) -> str:
        """The column's expression, for order n as `template.renumber` has it; of `customer` for some orders each."""
        if value == customer:
            return f"{self.shortened.format(column)} || {self.digits.format(f'n / {CUSTOMERS}')}"
        if not isinstance(value, str) or value not in own:
            return column
        number = self.digits.format("n")
        return f"{self.shortened.format(column)} || {number}" if has_room(value) else f"{column} || '-' || {number}"


POSTGRES: Final = Dialect("left({0}, -8)", "lpad(to_hex({0}), 8, '0')")


async def fill(shop: ObservedShop, template: OrderTemplate, customer: str, first: int, last: int) -> int:
    """Rows of orders numbered from `first` up to `last`; how many rows. The statistics are made anew."""
    rows = 0
    for name in template.transactions:
        dsn = dsn_of(shop.processes[name].database.url)
        connection = await asyncpg.connect(dsn, server_settings=_UNLIMITED)
        try:
            rows += await fill_database(connection, template, name, customer, first, last)
        finally:
            await connection.close()
    return rows


async def fill_database(
    connection: asyncpg.Connection, template: OrderTemplate, name: str, customer: str, first: int, last: int
) -> int:
    """The same in the database of one subgraph, over a connection to it."""
    rows, tables, own = 0, template.of_tables()[name], template.own - {customer}
    for table, wanted in _in_order_of_references(tables, await _read_references(connection)):
        for begin, end in batches(table, first, last):
            for row in wanted:
                rows += await _copy(connection, row, own, customer, begin, end)
    await connection.execute("ANALYZE")
    return rows


def batches(table: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """The numbers of the orders that leave rows in the table, from the first up to the second of each pair."""
    ends = last if table not in KEPT_SHORTLY else min(last, max(first, RECENT))
    for begin in range(first, ends, BATCH):
        yield begin, min(begin + BATCH, ends)


_REFERENCES: Final = "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"


async def _read_references(connection: asyncpg.Connection) -> list[tuple[str, str]]:
    return [(table, needed) for table, needed in await connection.fetch(_REFERENCES)]


def _in_order_of_references(
    tables: dict[str, list[WrittenRow]], references: list[tuple[str, str]]
) -> list[tuple[str, list[WrittenRow]]]:
    """What is referred to comes first."""
    ordered: list[str] = []

    def add(table: str) -> None:
        for of, needed in references:
            if of == table and needed != table and needed in tables and needed not in ordered:
                add(needed)
        if table not in ordered:
            ordered.append(table)

    for table in tables:
        add(table)
    return [(table, tables[table]) for table in ordered]


async def _copy(
    connection: asyncpg.Connection, row: WrittenRow, own: frozenset[str], customer: str, begin: int, end: int
) -> int:
    """One insert for all the orders of a batch: what names the order gets its number, the rest is as it was.

    Customers get numbers too, but where they are kept themselves.
    """
    if row.table in OF_CUSTOMERS:
        customer = ""
    columns = [f'"{name}"' for name in row.columns]
    values = [POSTGRES.renumber(*pair, own, customer) for pair in zip(columns, row.values, strict=True)]
    made = f'SELECT * FROM "{row.table}" WHERE ctid = $1::text::tid'  # noqa: S608 - a table of ours
    statement = (
        f'INSERT INTO "{row.table}" ({", ".join(columns)}) SELECT {", ".join(values)} '  # noqa: S608 - the same
        f"FROM ({made}) AS made, generate_series($2::int, $3::int - 1) AS n ON CONFLICT DO NOTHING"
    )
    done: str = await connection.execute(statement, row.place, begin, end)
    return int(done.rpartition(" ")[2])
