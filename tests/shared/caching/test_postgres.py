"""Cache and limiter in PostgreSQL: what a process finds again after a restart, and what it does without the server."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from entrepot.shared.caching import CacheUnavailable, MemoryLimiter
from entrepot.shared.caching.postgres import PostgresCache, PostgresLimiter, create_tables
from entrepot.shared.clock import SystemClock
from entrepot.shared.db import ConnectionOptions, Database
from tests.shared.caching.test_memory import Source
from tests.shared.conftest import empty_postgres
from tests.support.clock import ManualClock
from tests.support.servers import free_port

CLOCK = SystemClock()


@pytest.fixture
async def engine() -> AsyncIterator[AsyncEngine]:
    async with empty_postgres() as url:
        database = Database(url, CLOCK)
        await create_tables(database.engine)
        await create_tables(database.engine)
        yield database.engine
        await database.dispose()


@pytest.fixture
async def nowhere() -> AsyncIterator[AsyncEngine]:
    url = f"postgresql+asyncpg://nobody@127.0.0.1:{free_port()}/nothing"
    database = Database(url, CLOCK, ConnectionOptions(connect_timeout=0.5))
    yield database.engine
    await database.dispose()


@pytest.fixture
def cache(engine: AsyncEngine) -> PostgresCache:
    return PostgresCache(engine, CLOCK)


async def count(engine: AsyncEngine, table: str) -> int:
    async with engine.connect() as connection:
        return len((await connection.execute(text(f"TABLE entrepot.{table}"))).all())


class TestCache:
    async def test_keeps_a_value_for_its_time_and_over_a_restart(self, engine: AsyncEngine) -> None:
        cache = PostgresCache(engine, CLOCK)
        await cache.set("short", b"1", 0.2)
        await cache.set("long", b"\x00\xff", 60)
        assert await cache.get("short") == b"1"
        await asyncio.sleep(0.25)
        assert await cache.get("short") is None
        other = PostgresCache(engine, CLOCK)
        assert await other.get("long") is None
        await other.open()
        assert (await other.get("short"), await other.get("long")) == (None, b"\x00\xff")

    async def test_what_was_loaded_expires_by_the_time_that_was_left(self, engine: AsyncEngine) -> None:
        await PostgresCache(engine, CLOCK).set("a", b"1", 100)
        clock = ManualClock()
        other = PostgresCache(engine, clock)
        await other.open()
        clock.advance(95)
        assert await other.get("a") == b"1"
        clock.advance(5)
        assert await other.get("a") is None

    async def test_deletes(self, engine: AsyncEngine, cache: PostgresCache) -> None:
        await cache.set("a", b"1", 10)
        await cache.set("a", b"2", 10)
        assert await count(engine, "cache") == 1
        await cache.delete("a")
        await cache.delete("never there")
        assert await cache.get("a") is None
        assert await count(engine, "cache") == 0

    async def test_does_not_answer_while_another_process_may_have_written(self, engine: AsyncEngine) -> None:
        is_current = True
        cache = PostgresCache(engine, CLOCK, lambda: is_current)
        await cache.set("a", b"1", 10)
        assert await cache.get("a") == b"1"
        is_current = False
        with pytest.raises(CacheUnavailable):
            await cache.get("a")

    async def test_what_has_expired_is_deleted(self, engine: AsyncEngine, cache: PostgresCache) -> None:
        await cache.set("short", b"1", 0.05)
        await cache.set("long", b"1", 60)
        limiter = PostgresLimiter(engine, MemoryLimiter(CLOCK))
        await limiter.take("quick", 1, capacity=1, per_second=100)
        await limiter.take("slow", 1, capacity=1, per_second=0.01)
        await asyncio.sleep(0.1)
        await cache.prune()
        assert (await count(engine, "cache"), await count(engine, "buckets")) == (1, 1)
        assert await cache.get("long") == b"1"


class TestGetOrLoad:
    async def test_loads_once_for_all_who_ask(self, cache: PostgresCache) -> None:
        source = Source(b"1")
        asking = [asyncio.create_task(cache.get_or_load("a", 10, source.load)) for _ in range(20)]
        await source.started.wait()
        source.may_answer.set()
        assert await asyncio.gather(*asking) == [b"1"] * 20
        assert await cache.get_or_load("a", 10, source.load) == b"1"
        assert source.asked == 1

    async def test_who_leaves_takes_nothing_from_the_others(self, cache: PostgresCache) -> None:
        source = Source(b"1")
        leaving = asyncio.create_task(cache.get_or_load("a", 10, source.load))
        staying = asyncio.create_task(cache.get_or_load("a", 10, source.load))
        await source.started.wait()
        leaving.cancel()
        source.may_answer.set()
        assert await staying == b"1"
        assert source.asked == 1

    async def test_a_load_that_fails_lets_the_next_one_begin(self, cache: PostgresCache) -> None:
        source = Source(OSError("down"), b"1")
        source.may_answer.set()
        with pytest.raises(OSError, match="down"):
            await cache.get_or_load("a", 10, source.load)
        assert await cache.get_or_load("a", 10, source.load) == b"1"

    @pytest.mark.parametrize("change", ["set", "delete"])
    async def test_what_changed_while_it_was_loaded_is_newer(self, cache: PostgresCache, change: str) -> None:
        source = Source(b"old")
        loading = asyncio.create_task(cache.get_or_load("a", 10, source.load))
        await source.started.wait()
        if change == "set":
            await cache.set("a", b"new", 10)
        else:
            await cache.delete("a")
        source.may_answer.set()
        assert await loading == b"old"
        assert await cache.get("a") == (b"new" if change == "set" else None)


class TestLimiter:
    @pytest.fixture
    def limiter(self, engine: AsyncEngine) -> PostgresLimiter:
        return PostgresLimiter(engine, MemoryLimiter(CLOCK))

    async def test_says_how_long_to_wait_and_after_a_restart_too(
        self, engine: AsyncEngine, limiter: PostgresLimiter
    ) -> None:
        assert await limiter.take("a", 3, capacity=4, per_second=0.01) == 0.0
        again = PostgresLimiter(engine, MemoryLimiter(CLOCK))
        assert await again.take("a", 2, capacity=4, per_second=0.01) == pytest.approx(100, rel=0.1)
        assert await again.take("b", 2, capacity=4, per_second=0.01) == 0.0

    async def test_fills_again(self, limiter: PostgresLimiter) -> None:
        assert await limiter.take("a", 4, capacity=4, per_second=50) == 0.0
        wait = await limiter.take("a", 2, capacity=4, per_second=50)
        await asyncio.sleep(wait + 0.01)
        assert await limiter.take("a", 2, capacity=4, per_second=50) == 0.0

    async def test_what_never_fits_waits_for_ever(self, limiter: PostgresLimiter) -> None:
        assert await limiter.take("a", 5, capacity=4, per_second=1) == math.inf
        assert await limiter.take("b", 4, capacity=4, per_second=0) == 0.0
        assert await limiter.take("b", 1, capacity=4, per_second=0) == math.inf
        with pytest.raises(ValueError, match="more than nothing"):
            await limiter.take("a", 0, capacity=4, per_second=1)

    async def test_many_at_once_never_get_more_than_there_is(self, limiter: PostgresLimiter) -> None:
        waits = await asyncio.gather(*(limiter.take("a", 1, capacity=20, per_second=0.001) for _ in range(100)))
        assert waits.count(0.0) == 20


class TestWithoutTheServer:
    async def test_the_cache_says_so_and_loads_every_time(self, nowhere: AsyncEngine) -> None:
        cache = PostgresCache(nowhere, CLOCK)
        for work in (cache.open(), cache.set("a", b"1", 1), cache.delete("a"), cache.prune()):
            with pytest.raises(CacheUnavailable):
                await work
        source = Source(b"1", b"1")
        source.may_answer.set()
        for _ in range(2):
            assert await cache.get_or_load("a", 10, source.load) == b"1"
        assert source.asked == 2

    async def test_the_limiter_counts_for_itself(self, nowhere: AsyncEngine) -> None:
        limiter = PostgresLimiter(nowhere, MemoryLimiter(CLOCK))
        assert await limiter.take("a", 2, capacity=2, per_second=0.001) == 0.0
        assert await limiter.take("a", 1, capacity=2, per_second=0.001) > 0
