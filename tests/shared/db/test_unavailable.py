"""A database that is away: told apart from every failure that repeating does not cure."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import ConnectionOptions, Database, DatabaseUnavailable
from tests.shared.conftest import empty_postgres

NOBODY_THERE = "postgresql+asyncpg://nobody@127.0.0.1:1/none"


@pytest.mark.parametrize("kind", ["read", "write"])
async def test_nobody_listens(kind: str) -> None:
    pytest.importorskip("asyncpg")
    database = Database(NOBODY_THERE, SystemClock())
    with pytest.raises(DatabaseUnavailable) as raised:
        async with getattr(database, kind)() as session:
            await session.execute(text("SELECT 1"))
    assert (raised.value.code, raised.value.status) == ("SERVICE_UNAVAILABLE", 503)
    await database.dispose()


async def test_a_connection_that_the_server_ends() -> None:
    async with empty_postgres() as url:
        database, other = Database(url, SystemClock()), Database(url, SystemClock())

        async def be_ended() -> None:
            async with database.read() as session:
                own = await session.scalar(text("SELECT pg_backend_pid()"))
                async with other.read() as killer:
                    await killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
                await session.execute(text("SELECT 1"))

        with pytest.raises(DatabaseUnavailable):
            await be_ended()
        async with database.read() as session:
            assert await session.scalar(text("SELECT 1")) == 1
        await database.dispose()
        await other.dispose()


async def test_connections_that_the_server_ended_while_nobody_used_them() -> None:
    async with empty_postgres() as url:
        database, other = Database(url, SystemClock()), Database(url, SystemClock())

        async def use_several() -> set[int]:
            async with database.read() as first, database.read() as second, database.write() as third:
                return {await session.scalar(text("SELECT pg_backend_pid()")) for session in (first, second, third)}

        before = await use_several()
        async with other.read() as killer:
            for process in before:
                await killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": process})
        await asyncio.sleep(0.2)
        after = await use_several()
        assert len(after) == 3
        assert not before & after
        await database.dispose()
        await other.dispose()


async def test_no_connection_is_free() -> None:
    async with empty_postgres() as url:
        database = Database(url, SystemClock(), ConnectionOptions(pool_size=1, pool_overflow=0, pool_wait=0.05))
        async with database.read() as session:
            await session.execute(text("SELECT 1"))
            with pytest.raises(DatabaseUnavailable):
                async with database.read() as second:
                    await second.execute(text("SELECT 1"))
        await database.dispose()


async def test_what_is_wrong_stays_what_it_is() -> None:
    async with empty_postgres() as url:
        database = Database(url, SystemClock())
        with pytest.raises(DBAPIError, match="nothing"):
            async with database.read() as session:
                await session.execute(text("SELECT * FROM nothing"))
        with pytest.raises(ConnectionRefusedError):
            async with database.write():
                raise ConnectionRefusedError
        await database.dispose()
        wrong = make_url(url).set(database="there_is_no_such_database")
        database = Database(wrong.render_as_string(hide_password=False), SystemClock())
        with pytest.raises(Exception, match="does not exist"):
            async with database.read() as session:
                await session.execute(text("SELECT 1"))
        await database.dispose()
