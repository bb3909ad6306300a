"""Whether a process may serve a database: the revisions of the subgraph and of the kernel count."""

from __future__ import annotations

import pytest
from sqlalchemy import make_url, text

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database, migrate
from entrepot.shared.db.migrations import KERNEL_HISTORY
from entrepot.subgraphs.registry import load
from entrepot.wiring.revisions import RevisionUnknown, check_revisions
from tests.migrations.former import FORMER, make_former_database
from tests.shared.conftest import empty_postgres


async def test_tables_are_compared_with_both_histories() -> None:
    migrations = load("orders").migrations
    async with empty_postgres() as location:
        url, database = make_url(location), Database(location, SystemClock())
        assert not await check_revisions("orders", url, migrations)
        await migrate(database, migrations, [], kernel_revision=KERNEL_HISTORY.list_revisions()[-2])
        assert not await check_revisions("orders", url, migrations)
        await migrate(database, migrations, [])
        assert await check_revisions("orders", url, migrations)
        async with database.write_schema() as session:
            await session.execute(text("UPDATE kernel_version SET version_num = '2999_01_01_0000_later'"))
        with pytest.raises(RevisionUnknown, match="2999_01_01_0000_later"):
            await check_revisions("orders", url, migrations)
        await database.dispose()


async def test_a_revision_that_moved_to_the_kernel_is_an_older_one() -> None:
    async with empty_postgres() as location:
        database = Database(location, SystemClock())
        async with database.write_schema() as session:
            connection = await session.connection()
            await connection.run_sync(make_former_database, "orders", len(FORMER["orders"]) - 1)
        assert not await check_revisions("orders", make_url(location), load("orders").migrations)
        await migrate(database, load("orders").migrations, [])
        assert await check_revisions("orders", make_url(location), load("orders").migrations)
        await database.dispose()
