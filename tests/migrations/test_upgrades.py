"""Every database of every released revision can be upgraded with what is in it, beside processes that still use it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, inspect

from entrepot.shared.db import Database, find_drift, list_revisions, migrate
from entrepot.shared.events import KERNEL
from entrepot.subgraphs.registry import SUBGRAPHS, load
from tests.support.any_rows import ROWS, read_rows, write_rows

SKIPPED = frozenset({"alembic_version"})
CHOSEN = {"carts": {"guest_token_hash": None}}
"""A cart is a customer's or a guest's."""
STEPS = [(name, number) for name in SUBGRAPHS for number, _ in enumerate(list_revisions(load(name).migrations))]


async def run(database: Database, work: Any) -> Any:
    async with database.write() as session:
        connection = await session.connection()
        done = await connection.run_sync(work)
        await session.commit()
        return done


@pytest.mark.parametrize(("name", "number"), STEPS)
async def test_what_is_there_stays(database: Database, name: str, number: int) -> None:
    subgraph = load(name)
    metadata = [subgraph.metadata, KERNEL]
    await migrate(database, subgraph.migrations, metadata, list_revisions(subgraph.migrations)[number])
    before = await run(database, lambda connection: write_rows(connection, SKIPPED, CHOSEN))
    columns = await run(database, read_columns)
    await migrate(database, subgraph.migrations, metadata)
    assert await find_drift(database, metadata) == []

    def read_again(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
        old = MetaData()
        old.reflect(connection, only=list(before))
        return {
            table.name: [row[: len(columns[table.name])] for row in read_rows(connection, table)]
            for table in old.sorted_tables
            if table.name in before
        }

    after = await run(database, read_again)
    assert after == before
    assert all(len(rows) == ROWS for rows in after.values())


@pytest.mark.parametrize(("name", "number"), [(name, number) for name, number in STEPS if number])
async def test_old_processes_work_on_beside_it(database: Database, name: str, number: int) -> None:
    """Nothing that the revision before has is gone or another; what is new need not be given (expand and contract)."""
    subgraph = load(name)
    metadata = [subgraph.metadata, KERNEL]
    revisions = list_revisions(subgraph.migrations)
    await migrate(database, subgraph.migrations, metadata, revisions[number - 1])
    old = await run(database, read_columns)
    await migrate(database, subgraph.migrations, metadata, revisions[number])
    new = await run(database, read_columns)
    assert old.keys() <= new.keys()
    for table, columns in old.items():
        assert {column: new[table].get(column) for column in columns} == columns
        added = {column: facts for column, facts in new[table].items() if column not in columns}
        assert all(is_optional for _, is_optional in added.values()), (table, added)


def read_columns(connection: Connection) -> dict[str, dict[str, tuple[str, bool]]]:
    """By table and column: its type, and whether a row may leave it out."""
    inspector = inspect(connection)
    return {
        table: {
            column["name"]: (str(column["type"]), bool(column["nullable"] or column["default"]))
            for column in inspector.get_columns(table)
        }
        for table in inspector.get_table_names()
        if table not in SKIPPED
    }
