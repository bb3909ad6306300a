"""The floor: the rows that an order leaves, in as many transactions, by bare asyncpg, and nothing else.

Rows that were changed on the way count once, in the transaction that wrote them last: the floor writes a little less.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import asyncpg

from tests.support.up import ObservedShop
from tests.support.volume import OrderTemplate, WrittenRow, dsn_of, renumber

_AT_ONCE = 16
_PREFIX = "floor_"


@dataclass(frozen=True)
class Floor:
    """How many orders a second can be written at all."""

    orders: int
    seconds: float

    @property
    def orders_per_second(self) -> float:
        return self.orders / self.seconds


async def measure_floor(shop: ObservedShop, template: OrderTemplate, orders: int) -> Floor:
    """Write so many orders, some at once; the transactions of one follow each other, as they do in the shop.

    Into copies of the tables, with the same indexes, that are dropped afterwards.
    """
    pools = {
        name: await asyncpg.create_pool(dsn_of(process.database.url), min_size=4, max_size=_AT_ONCE)
        for name, process in shop.processes.items()
    }
    try:
        tables = template.of_tables()
        for name, pool in pools.items():
            for table in tables[name]:
                await pool.execute(f'CREATE TABLE "{_PREFIX}{table}" (LIKE "{table}" INCLUDING ALL)')
        numbers = itertools.count(1)
        began = time.monotonic()
        await asyncio.gather(*(_write_all(pools, template, numbers, orders) for _ in range(_AT_ONCE)))
        return Floor(orders, time.monotonic() - began)
    finally:
        for name, pool in pools.items():
            for table in template.of_tables()[name]:
                await pool.execute(f'DROP TABLE IF EXISTS "{_PREFIX}{table}"')
            await pool.close()


async def _write_all(
    pools: dict[str, asyncpg.Pool], template: OrderTemplate, numbers: Iterator[int], orders: int
) -> None:
    while (number := next(numbers)) <= orders:
        for name, transactions in template.transactions.items():
            for rows in transactions:
                async with pools[name].acquire() as connection, connection.transaction():
                    await _write(connection, rows, template.own, number)


async def _write(connection: asyncpg.Connection, rows: Sequence[WrittenRow], own: frozenset[str], number: int) -> None:
    for row in rows:
        named = ", ".join(f'"{name}"' for name in row.columns)
        holes = ", ".join(f"${index}" for index in range(1, len(row.columns) + 1))
        statement = f'INSERT INTO "{_PREFIX}{row.table}" ({named}) VALUES ({holes})'  # noqa: S608 - a table of ours
        await connection.execute(statement, *(renumber(value, own, number) for value in row.values))
