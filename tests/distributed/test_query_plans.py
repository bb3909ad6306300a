"""With many orders in the tables, what is asked of them is answered from indexes."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from tests.support.mesh import Shop
from tests.support.purchases import buy_through
from tests.support.statements import Statement, list_scans, overhear
from tests.support.up import UpProcess
from tests.support.volume import dsn_of, fill_database, read_known, read_template

ORDERS = 20_000
LARGE = 1_000
"""Rows of a table that is not read from its beginning to its end."""
RUN = "plans-"
_LISTS = """{ me { orders(first: 5) { edges { node { number lines { productName } payment { status } } } } } }"""

READ_WHOLE: dict[tuple[str, str], str] = {}
"""Database and table -> why it may be read whole, however large it is."""


async def test_indexes_are_used(up: UpProcess, shop: Shop) -> None:
    admin = (
        f"postgresql://postgres:{up.variables['POSTGRES_PASSWORD']}@127.0.0.1:{up.variables['POSTGRES_PORT']}/postgres"
    )
    known = await read_known(shop.running)
    async with overhear(admin, up.folder / "logs" / "postgres.txt") as overheard:
        await buy_through(shop.client, {}, RUN)
        await shop.running.settle()
        ada = await shop.login("ada@example.com")
        await ada.data(_LISTS)
        # Jobs that look for work at long intervals have looked once.
        await asyncio.sleep(1)
    statements = overheard.read()
    assert len(statements) > 100
    template = await read_template(shop.running, known)
    customer = _read_customer(template.of_tables()["orders"]["orders"])
    found: dict[str, set[str]] = {}
    for name, process in shop.running.processes.items():
        connection = await asyncpg.connect(dsn_of(process.database.url), server_settings={"statement_timeout": "0"})
        transaction = connection.transaction()
        await transaction.start()
        try:
            await fill_database(connection, template, name, customer, 1, ORDERS)
            large = {table for table, rows in await connection.fetch(_SIZES) if rows > LARGE}
            for statement in statements.values():
                if statement.database == name and _can_be_planned(statement):
                    for table in large.intersection(await list_scans(connection, statement)):
                        found.setdefault(f"{name}.{table}", set()).add(statement.text)
        finally:
            await transaction.rollback()
            await connection.close()
    excused = {f"{database}.{table}" for database, table in READ_WHOLE}
    assert {table: texts for table, texts in found.items() if table not in excused} == {}
    assert excused <= found.keys()


_SIZES = "SELECT relname, reltuples FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


def _can_be_planned(statement: Statement) -> bool:
    return statement.text.lstrip().split(None, 1)[0] in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}


def _read_customer(rows: list[Any]) -> str:
    return str(rows[0].values[rows[0].columns.index("customer_id")])
