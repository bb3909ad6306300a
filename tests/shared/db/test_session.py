"""Sessions on real SQLite files: writers take turns, readers see one view, nothing half done stays."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Column, ForeignKey, Integer, String, Table, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database, new_metadata
from entrepot.shared.errors import SettingsInvalid
from tests.support.clock import ManualClock
from tests.support.kernel import LeapingClock

METADATA = new_metadata()
ACCOUNTS = Table("accounts", METADATA, Column("id", Integer, primary_key=True), Column("balance", Integer))
NOTES = Table(
    "notes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("text", String(20)),
)


async def create(database: Database) -> None:
    async with database.write_schema() as session:
        await (await session.connection()).run_sync(METADATA.create_all)
    async with database.write() as session:
        await session.execute(insert(ACCOUNTS).values(id=1, balance=0))
        await session.commit()


async def balance(database: Database) -> int:
    async with database.read() as session:
        return await session.scalar(select(ACCOUNTS.c.balance)) or 0


async def add(database: Database, amount: int) -> None:
    """Read, give way, write: loses updates unless writers take turns."""
    async with database.write() as session:
        before = await session.scalar(select(ACCOUNTS.c.balance))
        await asyncio.sleep(0)
        await session.execute(update(ACCOUNTS).values(balance=(before or 0) + amount))
        await session.commit()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/bank.db", SystemClock())
    await create(opened)
    yield opened
    await opened.dispose()


class TestWriters:
    async def test_take_turns(self, database: Database) -> None:
        await asyncio.gather(*(add(database, 1) for _ in range(50)))
        assert await balance(database) == 50

    async def test_of_one_database_object_wait_for_each_other_and_for_no_time(self, tmp_path: Path) -> None:
        # On a clock that nobody moves: who ran into SQLite's own lock would sleep for ever.
        database = Database(f"sqlite:///{tmp_path}/bank.db", ManualClock())
        await create(database)
        async with asyncio.timeout(30):
            await asyncio.gather(*(add(database, 1) for _ in range(20)))
        assert await balance(database) == 20
        await database.dispose()

    async def test_take_turns_with_those_of_another_database_object(self, database: Database) -> None:
        other = Database(database.url.render_as_string(), SystemClock())
        try:
            await asyncio.gather(*(add(writer, 1) for _ in range(15) for writer in (database, other)))
        finally:
            await other.dispose()
        assert await balance(database) == 30

    async def test_take_turns_with_those_of_another_process(self, database: Database) -> None:
        script = (
            "import sqlite3, sys\n"
            "for _ in range(100):\n"
            "    c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)\n"
            "    c.execute('BEGIN IMMEDIATE')\n"
            "    (b,) = c.execute('SELECT balance FROM accounts').fetchone()\n"
            "    c.execute('UPDATE accounts SET balance = ?', (b + 1,))\n"
            "    c.execute('COMMIT')\n"
            "    c.close()\n"
        )
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(database.url.database))
        while process.returncode is None:
            await add(database, 1000)
            await asyncio.sleep(0)
        assert process.returncode == 0
        ours, theirs = divmod(await balance(database), 1000)
        assert theirs == 100
        assert ours > 0

    async def test_waiting_for_another_connection_leaves_the_loop_free(self, database: Database) -> None:
        blocker = sqlite3.connect(str(database.url.database), isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(add(database, 1))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not writing.done()
        assert await balance(database) == 0
        blocker.execute("ROLLBACK")
        blocker.close()
        await writing
        assert await balance(database) == 1

    async def test_waiting_ends_in_an_error(self, tmp_path: Path) -> None:
        clock = LeapingClock()
        database = Database(f"sqlite:///{tmp_path}/bank.db", clock)
        await create(database)
        blocker = sqlite3.connect(str(database.url.database), isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        before = clock.monotonic()
        with pytest.raises(OperationalError, match="locked"):
            await add(database, 1)
        assert 9.9 < clock.monotonic() - before < 10.1
        blocker.execute("ROLLBACK")
        blocker.close()
        await add(database, 1)
        assert await balance(database) == 1
        await database.dispose()

    async def test_opening_waits_for_who_holds_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "bank.db"
        blocker = sqlite3.connect(path, isolation_level=None)
        blocker.execute("CREATE TABLE t (id INTEGER)")
        blocker.execute("BEGIN EXCLUSIVE")
        database = Database(f"sqlite:///{path}", SystemClock())
        creating = asyncio.create_task(create(database))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not creating.done()
        blocker.execute("COMMIT")
        blocker.close()
        await creating
        assert await balance(database) == 0
        await database.dispose()


class TestRollback:
    @pytest.mark.parametrize("commits", [False, True])
    async def test_only_a_commit_keeps(self, database: Database, *, commits: bool) -> None:
        async with database.write() as session:
            await session.execute(update(ACCOUNTS).values(balance=5))
            if commits:
                await session.commit()
        assert await balance(database) == (5 if commits else 0)

    async def test_after_an_exception(self, database: Database) -> None:
        async def fail() -> None:
            async with database.write() as session:
                await session.execute(update(ACCOUNTS).values(balance=5))
                raise KeyError

        with pytest.raises(KeyError):
            await fail()
        assert await balance(database) == 0
        await add(database, 1)

    async def test_after_cancellation_in_mid_transaction(self, database: Database) -> None:
        inside, for_ever = asyncio.Event(), asyncio.Event()

        async def hang() -> None:
            async with database.write() as session:
                await session.execute(update(ACCOUNTS).values(balance=5))
                inside.set()
                await for_ever.wait()

        hanging = asyncio.create_task(hang())
        await inside.wait()
        waiting = asyncio.create_task(add(database, 1))
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        await waiting
        assert await balance(database) == 1

    async def test_a_waiter_that_is_cancelled_gives_its_turn_away(self, database: Database) -> None:
        async with database.write():
            waiting = asyncio.create_task(add(database, 1))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        await add(database, 2)
        assert await balance(database) == 2


class TestReaders:
    async def test_see_one_view_while_others_write(self, database: Database) -> None:
        async with database.read() as session:
            seen = [await session.scalar(select(ACCOUNTS.c.balance))]
            await add(database, 7)
            seen.append(await session.scalar(select(ACCOUNTS.c.balance)))
        assert seen == [0, 0]
        assert await balance(database) == 7

    async def test_keep_nothing(self, database: Database) -> None:
        async with database.read() as session:
            await session.execute(update(ACCOUNTS).values(balance=9))
        assert await balance(database) == 0

    async def test_writing_in_an_old_view_fails_at_once(self, tmp_path: Path) -> None:
        # On a clock that nobody moves: waiting for what cannot come would hang here.
        database = Database(f"sqlite:///{tmp_path}/bank.db", ManualClock())
        await create(database)
        async with database.read() as session:
            await session.scalar(select(ACCOUNTS.c.balance))
            await add(database, 1)
            with pytest.raises(OperationalError):
                await session.execute(update(ACCOUNTS).values(balance=9))
        await database.dispose()


class TestSchema:
    async def test_foreign_keys_are_minded(self, database: Database) -> None:
        async with database.write() as session:
            with pytest.raises(IntegrityError):
                await session.execute(insert(NOTES).values(account_id=99))

    async def test_a_table_made_anew_takes_no_rows_with_it(self, database: Database) -> None:
        async with database.write() as session:
            await session.execute(insert(NOTES).values(account_id=1, text="kept"))
            await session.commit()
        async with database.write_schema() as session:
            for statement in (
                "CREATE TABLE anew (id INTEGER PRIMARY KEY, balance INTEGER, name TEXT)",
                "INSERT INTO anew (id, balance) SELECT id, balance FROM accounts",
                "DROP TABLE accounts",
                "ALTER TABLE anew RENAME TO accounts",
            ):
                await session.execute(text(statement))
        async with database.read() as session:
            assert await session.scalar(select(func.count()).select_from(NOTES)) == 1
        await self.test_foreign_keys_are_minded(database)

    async def test_a_change_that_breaks_references_is_not_kept(self, database: Database) -> None:
        async with database.write() as session:
            await session.execute(insert(NOTES).values(account_id=1))
            await session.commit()
        with pytest.raises(IntegrityError, match="foreign_key_check"):
            async with database.write_schema() as session:
                await session.execute(text("DELETE FROM accounts"))
        assert await balance(database) == 0
        async with database.read() as session:
            assert await session.scalar(select(func.count()).select_from(ACCOUNTS)) == 1


class TestDatabase:
    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
    def test_is_a_file(self, url: str) -> None:
        with pytest.raises(SettingsInvalid):
            Database(url, SystemClock())

    async def test_errors_say_nothing_of_the_data(self, database: Database) -> None:
        with pytest.raises(IntegrityError) as caught:
            async with database.write() as session:
                await session.execute(insert(NOTES).values(account_id=99, text="ada@example.org"))
        assert "ada@example.org" not in str(caught.value)

    async def test_counts_statements(self, database: Database) -> None:
        statements: list[str] = []
        stop = database.count_statements(statements.append)
        await balance(database)
        stop()
        await balance(database)
        assert [statement for statement in statements if "SELECT" in statement] == [
            "SELECT accounts.balance \nFROM accounts"
        ]

    def test_a_commit_outlives_the_process(self, tmp_path: Path) -> None:
        script = (
            "import asyncio, os, sys\n"
            "from pathlib import Path\n"
            "from entrepot.shared.clock import SystemClock\n"
            "from entrepot.shared.db import Database\n"
            "from sqlalchemy import text\n"
            "async def main():\n"
            "    database = Database('sqlite:///' + sys.argv[1], SystemClock())\n"
            "    async with database.write_schema() as session:\n"
            "        await session.execute(text('CREATE TABLE t (id INTEGER)'))\n"
            "    async with database.write() as session:\n"
            "        await session.execute(text('INSERT INTO t VALUES (1)'))\n"
            "        await session.commit()\n"
            "        await session.execute(text('INSERT INTO t VALUES (2)'))\n"
            "        os._exit(9)\n"
            "asyncio.run(main())\n"
        )
        path = tmp_path / "bank.db"
        ended = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
        assert ended.returncode == 9
        connection = sqlite3.connect(path)
        assert connection.execute("SELECT id FROM t").fetchall() == [(1,)]
        connection.close()
