"""Every database of every released revision can be upgraded with what is in it, beside processes that still use it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, inspect, text

from entrepot.shared.db import Database, find_drift, list_revisions, migrate
from entrepot.shared.db.migrations import KERNEL_HISTORY, VERSION_TABLES
from entrepot.shared.events import KERNEL
from entrepot.subgraphs.registry import SUBGRAPHS, load
from tests.migrations.former import FORMER, make_former_database
from tests.support.any_rows import ROWS, read_rows, write_rows

SKIPPED = VERSION_TABLES
CHOSEN = {"carts": {"guest_token_hash": None}}
"""A cart is a customer's or a guest's."""
STEPS = [(name, number) for name in SUBGRAPHS for number, _ in enumerate(list_revisions(load(name).migrations))]
KERNEL_STEPS = KERNEL_HISTORY.list_revisions()
FORMER_STEPS = [(name, number) for name, revisions in FORMER.items() for number, _ in enumerate(revisions)]


async def run(database: Database, work: Any) -> Any:
    async with database.write() as session:
        connection = await session.connection()
        done = await connection.run_sync(work)
        await session.commit()
        return done


@pytest.mark.parametrize(("name", "number"), STEPS)
async def test_what_is_there_stays(database: Database, name: str, number: int) -> None:
    subgraph = load(name)
    await migrate(database, subgraph.migrations, [], list_revisions(subgraph.migrations)[number])
    await check_that_rows_stay(database, name)


@pytest.mark.parametrize("kernel_revision", KERNEL_STEPS)
async def test_what_is_there_stays_when_the_kernel_changes(database: Database, kernel_revision: str) -> None:
    subgraph = load("carts")
    first = list_revisions(subgraph.migrations)[0]
    await migrate(database, subgraph.migrations, [], first, kernel_revision=kernel_revision)
    await check_that_rows_stay(database, "carts")


@pytest.mark.parametrize(("name", "number"), FORMER_STEPS)
async def test_a_database_of_the_former_history_goes_on(database: Database, name: str, number: int) -> None:
    """Where each subgraph created the kernel's tables by itself: its revisions that are gone have successors."""
    await run(database, lambda connection: make_former_database(connection, name, number))
    await check_that_rows_stay(database, name)
    found = await run(database, read_versions)
    assert found == {
        "alembic_version": list_revisions(load(name).migrations)[-1],
        "kernel_version": KERNEL_STEPS[-1],
    }


async def check_that_rows_stay(database: Database, name: str) -> None:
    """Rows in every table are the same after the newest revision, which is what the models say."""
    subgraph = load(name)
    metadata = [subgraph.metadata, KERNEL]
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
    check_expansion(old, new)


@pytest.mark.parametrize(("former", "kernel_revision"), list(pairwise(KERNEL_STEPS)))
async def test_old_processes_work_on_beside_the_kernel(database: Database, former: str, kernel_revision: str) -> None:
    subgraph = load("carts")
    await migrate(database, subgraph.migrations, [], kernel_revision=former)
    old = await run(database, read_columns)
    await migrate(database, subgraph.migrations, [], kernel_revision=kernel_revision)
    check_expansion(old, await run(database, read_columns))


def check_expansion(old: dict[str, Any], new: dict[str, Any]) -> None:
    """All that was there is the same, and what is new need not be given."""
    assert old.keys() <= new.keys()
    for table, columns in old.items():
        for column, (kind, is_optional) in columns.items():
            # A column may become optional: what old processes write is still accepted.
            assert new[table].get(column) in ((kind, is_optional), (kind, True)), (table, column)
        added = {column: facts for column, facts in new[table].items() if column not in columns}
        assert all(is_optional for _, is_optional in added.values()), (table, added)


def read_versions(connection: Connection) -> dict[str, str]:
    """The revision in each of the tables of versions."""
    return {name: connection.scalar(text(f"SELECT version_num FROM {name}")) for name in SKIPPED}  # noqa: S608


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
