"""What every repository has: names that are held until a transaction ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database, Repository
from tests.shared.conftest import empty_postgres


async def test_one_transaction_at_a_time_holds_a_name() -> None:
    async with empty_postgres() as url:
        database = Database(url, SystemClock())
        done: list[str] = []

        async def hold(name: str, word: str) -> None:
            async with database.write() as session:
                await Repository(session).lock_name(name)
                done.append(word)

        async with database.write() as session:
            await Repository(session).lock_name("one")
            waiting = asyncio.create_task(hold("one", "second"))
            await hold("other", "elsewhere")
            await asyncio.sleep(0.1)
            assert done == ["elsewhere"]
        await waiting
        assert done == ["elsewhere", "second"]
        await database.dispose()


async def test_a_name_costs_nothing_where_there_is_one_writer(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/things.db", SystemClock())
    statements: list[str] = []
    stop = database.count_statements(statements.append)
    async with database.write() as session:
        await Repository(session).lock_name("one")
    stop()
    await database.dispose()
    assert statements == []
