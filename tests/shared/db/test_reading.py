"""The read session of an operation, on each database: one view, one connection, and nothing left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database, ReadScope, new_metadata
from entrepot.shared.db.options import ConnectionOptions
from tests.shared.conftest import empty_postgres

METADATA = new_metadata()
ROWS = Table("rows", METADATA, Column("id", Integer, primary_key=True))
CONNECTIONS = 3
WRONG = text("SELECT nothing FROM nowhere")


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A table, and on PostgreSQL very few connections, for which nobody waits long."""
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path}/rows.db", SystemClock())
        await create(opened)
        yield opened
        await opened.dispose()
        return
    async with empty_postgres() as url:
        options = ConnectionOptions(pool_size=CONNECTIONS, pool_overflow=0, pool_wait=5)
        opened = Database(url, SystemClock(), options)
        await create(opened)
        yield opened
        await opened.dispose()


async def create(database: Database) -> None:
    async with database.write_schema() as session:
        await (await session.connection()).run_sync(METADATA.create_all)


async def add(database: Database) -> None:
    async with database.write() as session:
        await session.execute(insert(ROWS))
        await session.commit()


async def count(scope: ReadScope) -> int:
    async with scope.open() as session:
        return await count_in(session)


async def count_in(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(ROWS)) or 0


def used(database: Database) -> int:
    """How many connections somebody holds."""
    return database.engine.pool.checkedout()  # type: ignore[attr-defined]  # of the pools that count


class TestView:
    async def test_is_one_from_begin_to_close(self, database: Database) -> None:
        scope = ReadScope(database)
        scope.begin()
        assert await count(scope) == 0
        await add(database)
        assert await count(scope) == 0
        await scope.close()
        assert used(database) == 0
        scope.begin()
        assert await count(scope) == 1
        await scope.close()

    async def test_is_a_new_one_after_it_was_renewed(self, database: Database) -> None:
        scope = ReadScope(database)
        scope.begin()
        assert await count(scope) == 0
        await scope.renew()
        assert used(database) == 0
        await add(database)
        assert await count(scope) == 1
        await scope.close()

    async def test_is_that_of_the_fetch_outside_of_an_operation(self, database: Database) -> None:
        scope = ReadScope(database)
        assert await count(scope) == 0
        await add(database)
        assert await count(scope) == 1
        assert used(database) == 0


class TestFetches:
    async def test_many_operations_with_several_fetches_at_once_need_one_connection_each(
        self, database: Database
    ) -> None:
        async def operate() -> list[int]:
            scope = ReadScope(database)
            scope.begin()
            first = await count(scope)
            more = await asyncio.gather(*(count(scope) for _ in range(4)))
            await scope.close()
            return [first, *more]

        await add(database)
        assert await asyncio.gather(*(operate() for _ in range(5 * CONNECTIONS))) == [[1] * 5] * (5 * CONNECTIONS)
        assert used(database) == 0

    async def test_operations_that_read_before_they_write_do_not_use_up_the_pool(self, database: Database) -> None:
        async def operate() -> int:
            scope = ReadScope(database)
            scope.begin()
            await count(scope)
            await scope.renew()
            await add(database)
            seen = await count(scope)
            await scope.close()
            return seen

        seen = await asyncio.gather(*(operate() for _ in range(5 * CONNECTIONS)))
        assert min(seen) >= 1
        assert await count(ReadScope(database)) == 5 * CONNECTIONS

    async def test_one_within_another_is_refused(self, database: Database) -> None:
        scope = ReadScope(database)
        scope.begin()
        with pytest.raises(RuntimeError, match="under way"):
            async with scope.open():
                await count(scope)
        assert await count(scope) == 0
        await scope.close()
        assert used(database) == 0

    async def test_after_one_that_failed(self, database: Database) -> None:
        scope = ReadScope(database)
        scope.begin()
        with pytest.raises(DBAPIError):
            async with scope.open() as session:
                await session.execute(WRONG)
        assert await count(scope) == 0
        await scope.close()
        assert used(database) == 0


class TestAClientThatLeaves:
    async def test_while_a_statement_runs(self, database: Database) -> None:
        scope = ReadScope(database)
        scope.begin()
        begun = asyncio.Event()

        async def fetch() -> None:
            async with scope.open() as session:
                await count_in(session)
                begun.set()
                await asyncio.Event().wait()

        fetching = asyncio.create_task(fetch())
        await begun.wait()
        waiting = asyncio.create_task(count(scope))
        await asyncio.sleep(0)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        assert await waiting == 0
        await scope.close()
        assert used(database) == 0

    async def test_while_a_loader_still_reads(self, database: Database) -> None:
        scope = ReadScope(database)
        scope.begin()
        begun, may_go_on = asyncio.Event(), asyncio.Event()

        async def load() -> int:
            async with scope.open() as session:
                begun.set()
                await may_go_on.wait()
                return await count_in(session)

        loading = asyncio.create_task(load())
        await begun.wait()
        await scope.close()
        may_go_on.set()
        assert await loading == 0
        assert used(database) == 0


async def test_what_reads_cannot_write_on_postgresql(database: Database) -> None:
    if database.is_sqlite:
        async with ReadScope(database).open() as session:
            await session.execute(insert(ROWS))
    else:
        with pytest.raises(DBAPIError, match="read-only"):
            async with ReadScope(database).open() as session:
                await session.execute(insert(ROWS))
    assert await count(ReadScope(database)) == 0
