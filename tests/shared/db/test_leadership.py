"""One leader at a time: who leads after another died, stopped or was cut off, and that the former cannot write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database, DatabaseUnavailable
from entrepot.shared.db.fence import Fence, SessionFenced
from entrepot.shared.db.leadership import Leadership, LeadershipLost, LeadershipRules
from tests.shared.conftest import empty_postgres

CLOCK = SystemClock()
RULES = LeadershipRules(renew=0.1, silence=1.0, look=0.05)
PATIENCE = 20.0


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with empty_postgres() as url:
        yield url


@asynccontextmanager
async def candidate(url: str, name: str, rules: LeadershipRules = RULES) -> AsyncIterator[Leadership]:
    leadership = Leadership(make_url(url), CLOCK, rules, name)
    await leadership.prepare()
    try:
        yield leadership
    finally:
        await leadership.close()


async def run(url: str, statement: str) -> object:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        answer = await connection.scalar(text(statement))
    await engine.dispose()
    return answer


async def raise_fence(url: str, fence: Fence) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await fence.raise_in(connection)
    finally:
        await engine.dispose()


async def write(database: Database, *before_commit: Awaitable[None]) -> None:
    """A row, with what happens between the statement and the commit."""
    async with database.write() as session:
        await session.execute(text("INSERT INTO written VALUES ('row')"))
        for each in before_commit:
            await each
        await session.commit()


class TestLeadership:
    async def test_one_leads_and_the_next_when_it_gives_up(self, url: str) -> None:
        async with candidate(url, "b") as second:
            async with candidate(url, "a") as first:
                assert await first.stand_by() == 1
                keeping = asyncio.create_task(first.keep())
                waiting = asyncio.create_task(second.stand_by())
                # Longer than a silent leader is waited for.
                await asyncio.sleep(2 * RULES.silence)
                assert not waiting.done()
                assert (first.is_confirmed, second.is_confirmed) == (True, False)
                keeping.cancel()
            async with asyncio.timeout(PATIENCE):
                assert await waiting == 2
            assert (first.is_confirmed, second.is_confirmed) == (False, True)

    async def test_of_many_only_one_leads(self, url: str) -> None:
        async with candidate(url, "a") as a, candidate(url, "b") as b, candidate(url, "c") as c:
            waiting = {asyncio.create_task(each.stand_by()): each for each in (a, b, c)}
            done, others = await asyncio.wait(waiting, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            assert len(done) == 1
            keeping = asyncio.create_task(waiting[next(iter(done))].keep())
            await asyncio.sleep(0.5)
            assert not any(task.done() for task in others)
            for task in (keeping, *others):
                task.cancel()

    async def test_a_leader_that_is_silent_is_replaced_and_finds_out(self, url: str) -> None:
        async with candidate(url, "a") as first, candidate(url, "b") as second:
            assert await first.stand_by() == 1
            # It does not renew: so it is for a process that is stopped, whose connection stays open.
            async with asyncio.timeout(PATIENCE):
                assert await second.stand_by() == 2
                assert not first.is_confirmed
                with pytest.raises(LeadershipLost, match="b has taken over"):
                    await first.keep()
                keeping = asyncio.create_task(second.keep())
                await asyncio.sleep(0.5)
                assert second.is_confirmed
                keeping.cancel()

    async def test_a_leader_goes_on_when_all_connections_break(self, url: str) -> None:
        rules = LeadershipRules(renew=0.1, silence=4.0, look=0.05)
        async with candidate(url, "a", rules) as first, candidate(url, "b", rules) as second:
            assert await first.stand_by() == 1
            keeping = asyncio.create_task(first.keep())
            waiting = asyncio.create_task(second.stand_by())
            await asyncio.sleep(0.5)
            ended = await run(
                url,
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE application_name = 'entrepot-standby' AND datname = current_database()",
            )
            assert ended == 2
            await asyncio.sleep(1.5 * rules.silence)
            assert await run(url, "SELECT epoch FROM entrepot.leadership") == 1
            assert (first.is_confirmed, keeping.done(), waiting.done()) == (True, False, False)
            keeping.cancel()
            waiting.cancel()

    @pytest.mark.parametrize("wrong", [{"renew": 0.0}, {"renew": 1.0, "silence": 2.0}])
    def test_rules_that_cannot_work_are_refused(self, wrong: dict[str, float]) -> None:
        with pytest.raises(ValueError, match="renew"):
            LeadershipRules(**wrong)


class TestFence:
    @pytest.fixture
    async def database(self, url: str) -> AsyncIterator[tuple[Database, Fence]]:
        """The database as the first leader has it."""
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text("CREATE TABLE written (value text)"))
        await engine.dispose()
        fence = Fence()
        fence.epoch = 1
        await raise_fence(url, fence)
        database = Database(url, CLOCK, check=fence.check)
        yield database, fence
        await database.dispose()

    async def test_the_leader_writes(self, url: str, database: tuple[Database, Fence]) -> None:
        await write(database[0])
        assert await run(url, "SELECT count(*) FROM written") == 1
        assert (
            await run(
                url,
                "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE "
                "'entrepot-leader%' AND datname = current_database()",
            )
            == "entrepot-leader:1"
        )

    async def test_what_the_former_leader_had_begun_is_rolled_back(
        self, url: str, database: tuple[Database, Fence]
    ) -> None:
        next_fence = Fence()
        next_fence.epoch = 2
        with pytest.raises(DatabaseUnavailable):
            await write(database[0], raise_fence(url, next_fence))
        for _ in range(3):
            with pytest.raises(SessionFenced):
                await write(database[0])
        assert await run(url, "SELECT count(*) FROM written") == 0

    async def test_changes_of_tables_are_refused_too(self, url: str, database: tuple[Database, Fence]) -> None:
        next_fence = Fence()
        next_fence.epoch = 2
        await raise_fence(url, next_fence)
        with pytest.raises(SessionFenced):
            async with database[0].write_schema() as session:
                await session.execute(text("DROP TABLE written"))
        assert await run(url, "SELECT count(*) FROM written") == 0

    async def test_nobody_writes_before_leading(self, url: str) -> None:
        waiting = Database(url, CLOCK, check=Fence().check)
        with pytest.raises(SessionFenced):
            async with waiting.read() as session:
                await session.execute(text("SELECT 1"))
        await waiting.dispose()

    async def test_an_earlier_leader_does_not_lower_it(self, url: str, database: tuple[Database, Fence]) -> None:
        next_fence = Fence()
        next_fence.epoch = 2
        await raise_fence(url, next_fence)
        with pytest.raises(SessionFenced):
            await raise_fence(url, database[1])
        assert await run(url, "SELECT epoch FROM entrepot.fence") == 2
