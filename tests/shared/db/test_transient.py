"""Transactions that the server rolled back for the sake of others, on the real one."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import ConnectionOptions, Database, is_transient, retry_transaction
from entrepot.shared.errors import Contended
from entrepot.shared.randomness import SystemRandomness
from tests.shared.conftest import empty_postgres


async def test_two_that_lock_each_other_both_end() -> None:
    async with empty_postgres() as url:
        database = Database(url, SystemClock())
        async with database.write() as session:
            await session.execute(text("CREATE TABLE things (id int PRIMARY KEY, count int)"))
            await session.execute(text("INSERT INTO things VALUES (1, 0), (2, 0)"))
            await session.commit()
        attempts = 0
        met = asyncio.Barrier(2)

        async def add(first: int, second: int) -> None:
            nonlocal attempts
            attempts += 1
            async with database.write() as session:
                change = text("UPDATE things SET count = count + 1 WHERE id = :id")
                await session.execute(change, {"id": first})
                if attempts <= 2:
                    await met.wait()
                await session.execute(change, {"id": second})
                await session.commit()

        async def repeat(first: int, second: int) -> None:
            await retry_transaction(lambda: add(first, second), SystemClock(), SystemRandomness())

        await asyncio.gather(repeat(1, 2), repeat(2, 1))
        async with database.read() as session:
            assert (await session.scalars(text("SELECT count FROM things"))).all() == [2, 2]
        assert attempts == 3
        await database.dispose()


async def test_anything_else_is_raised_at_once() -> None:
    attempts = 0

    async def fail() -> None:
        nonlocal attempts
        attempts += 1
        raise IntegrityError("INSERT", None, ValueError("taken"))

    with pytest.raises(IntegrityError):
        await retry_transaction(fail, SystemClock(), SystemRandomness())
    assert attempts == 1
    assert not is_transient(ValueError())


async def test_the_server_ends_what_takes_too_long_and_names_who_it_was() -> None:
    async with empty_postgres() as url:
        options = ConnectionOptions(statement_timeout=0.2, lock_timeout=0.1, idle_timeout=7)
        database = Database(url, SystemClock(), options, application="entrepot-tests")
        async with database.read() as session:
            assert await session.scalar(text("SHOW application_name")) == "entrepot-tests"
            assert await session.scalar(text("SHOW lock_timeout")) == "100ms"
            assert await session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "7s"
            with pytest.raises(DBAPIError, match="statement timeout"):
                await session.execute(text("SELECT pg_sleep(5)"))
        await database.dispose()


async def test_two_that_change_tables_take_turns() -> None:
    async with empty_postgres() as url:
        # One that waits for its turn waits as long as it takes: that is no lock of a table.
        options = ConnectionOptions(statement_timeout=0.2, lock_timeout=0.1)
        seen: list[str] = []

        async def change(name: str) -> None:
            database = Database(url, SystemClock(), options)
            async with database.write_schema() as session:
                seen.append(f"{name} began")
                await session.execute(text("SELECT pg_sleep(0.5)"))
                seen.append(f"{name} ended")
            await database.dispose()

        await asyncio.gather(change("one"), change("two"))
        first, second = seen[0].split()[0], seen[2].split()[0]
        assert seen == [f"{first} began", f"{first} ended", f"{second} began", f"{second} ended"]


@pytest.mark.parametrize(("held", "attempts"), [(1, 2), (5, 3)])
async def test_a_lock_that_is_held_for_long_is_waited_for_again_and_not_for_ever(held: int, attempts: int) -> None:
    """`held` is for how many of the waiter's lock timeouts another transaction keeps the row."""
    async with empty_postgres() as url:
        database = Database(url, SystemClock(), options=ConnectionOptions(lock_timeout=0.2))
        async with database.write() as session:
            await session.execute(text("CREATE TABLE things (id int PRIMARY KEY)"))
            await session.execute(text("INSERT INTO things VALUES (1)"))
            await session.commit()
        made = 0
        released = asyncio.Event()

        async def lock() -> None:
            nonlocal made
            made += 1
            if made > held:
                released.set()
            async with database.write() as session:
                await session.execute(text("SELECT id FROM things WHERE id = 1 FOR UPDATE"))

        async def hold() -> None:
            async with database.write() as session:
                await session.execute(text("SELECT id FROM things WHERE id = 1 FOR UPDATE"))
                locked.set()
                await released.wait()

        locked = asyncio.Event()
        holding = asyncio.create_task(hold())
        await locked.wait()
        waiting = retry_transaction(lock, SystemClock(), SystemRandomness())
        if held < attempts:
            await waiting
        else:
            with pytest.raises(Contended):
                await waiting
        assert made == attempts
        released.set()
        await holding
        await database.dispose()
