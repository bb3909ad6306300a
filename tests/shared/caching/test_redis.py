"""Cache and limiter in Redis, which several processes share, and what becomes of them without it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from entrepot.shared.caching import CacheUnavailable, MemoryLimiter
from entrepot.shared.caching.redis import RedisCache, RedisLimiter, build_redis
from entrepot.shared.clock import SystemClock
from tests.support.servers import free_port, serve_redis

CLOCK = SystemClock()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_redis(tmp_path_factory.mktemp("redis")) as served:
        yield served


@asynccontextmanager
async def open_cache(url: str, name: str) -> AsyncIterator[RedisCache]:
    client = build_redis(url)
    try:
        yield RedisCache(client, CLOCK, prefix=name)
    finally:
        await client.aclose()


@pytest.fixture
async def cache(url: str, request: pytest.FixtureRequest) -> AsyncIterator[RedisCache]:
    async with open_cache(url, request.node.name) as opened:
        yield opened


@pytest.fixture
async def other(url: str, request: pytest.FixtureRequest) -> AsyncIterator[RedisCache]:
    """The same cache as another process sees it."""
    async with open_cache(url, request.node.name) as opened:
        yield opened


class Source:
    def __init__(self, value: bytes) -> None:
        self.value = value
        self.asked = 0
        self.started = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def load(self) -> bytes:
        self.asked += 1
        self.started.set()
        await self.may_answer.wait()
        return self.value


class TestCache:
    async def test_keeps_a_value_for_its_time_and_for_all(self, cache: RedisCache, other: RedisCache) -> None:
        await cache.set("a", b"1", 0.2)
        assert await other.get("a") == b"1"
        await asyncio.sleep(0.25)
        assert await other.get("a") is None

    async def test_deletes(self, cache: RedisCache, other: RedisCache) -> None:
        await cache.set("a", b"1", 10)
        await other.delete("a")
        await other.delete("never there")
        assert await cache.get("a") is None

    async def test_loads_once_for_all_who_ask_in_all_processes(self, cache: RedisCache, other: RedisCache) -> None:
        source = Source(b"1")
        asking = [
            asyncio.create_task(each.get_or_load("a", 10, source.load)) for each in (cache, other) for _ in range(10)
        ]
        await source.started.wait()
        source.may_answer.set()
        assert await asyncio.gather(*asking) == [b"1"] * 20
        assert source.asked == 1

    @pytest.mark.parametrize("change", ["set", "delete"])
    async def test_what_changed_while_it_was_loaded_is_newer(
        self, cache: RedisCache, other: RedisCache, change: str
    ) -> None:
        source = Source(b"old")
        loading = asyncio.create_task(cache.get_or_load("a", 10, source.load))
        await source.started.wait()
        if change == "set":
            await other.set("a", b"new", 10)
        else:
            await other.delete("a")
        source.may_answer.set()
        assert await loading == b"old"
        assert await cache.get("a") == (b"new" if change == "set" else None)

    async def test_a_load_that_fails_lets_the_next_one_begin(self, cache: RedisCache, other: RedisCache) -> None:
        async def fail() -> bytes:
            raise OSError("down")

        with pytest.raises(OSError, match="down"):
            await cache.get_or_load("a", 10, fail)
        source = Source(b"1")
        source.may_answer.set()
        assert await asyncio.wait_for(other.get_or_load("a", 10, source.load), 2) == b"1"

    async def test_who_leaves_takes_nothing_from_the_others(self, cache: RedisCache) -> None:
        source = Source(b"1")
        leaving = asyncio.create_task(cache.get_or_load("a", 10, source.load))
        staying = asyncio.create_task(cache.get_or_load("a", 10, source.load))
        await source.started.wait()
        leaving.cancel()
        source.may_answer.set()
        assert await staying == b"1"


class TestLimiter:
    @pytest.fixture
    async def limiter(self, url: str, request: pytest.FixtureRequest) -> AsyncIterator[RedisLimiter]:
        client = build_redis(url)
        yield RedisLimiter(client, MemoryLimiter(CLOCK), prefix=request.node.name)
        await client.aclose()

    async def test_grants_what_the_bucket_holds_and_says_how_long_to_wait(self, limiter: RedisLimiter) -> None:
        assert await limiter.take("a", 3, capacity=4, per_second=1) == 0.0
        wait = await limiter.take("a", 2, capacity=4, per_second=1)
        assert 0.5 < wait <= 1.0
        assert await limiter.take("b", 2, capacity=4, per_second=1) == 0.0

    async def test_fills_again(self, limiter: RedisLimiter) -> None:
        assert await limiter.take("a", 4, capacity=4, per_second=50) == 0.0
        wait = await limiter.take("a", 2, capacity=4, per_second=50)
        await asyncio.sleep(wait + 0.01)
        assert await limiter.take("a", 2, capacity=4, per_second=50) == 0.0

    async def test_what_never_fits_is_told(self, limiter: RedisLimiter) -> None:
        assert await limiter.take("a", 5, capacity=4, per_second=1) == math.inf
        assert await limiter.take("b", 4, capacity=4, per_second=0) == 0.0
        assert await limiter.take("b", 1, capacity=4, per_second=0) == math.inf
        with pytest.raises(ValueError, match="more than nothing"):
            await limiter.take("a", 0, capacity=4, per_second=1)

    async def test_many_at_once_never_get_more_than_there_is(self, limiter: RedisLimiter) -> None:
        waits = await asyncio.gather(*(limiter.take("a", 1, capacity=20, per_second=0.001) for _ in range(100)))
        assert waits.count(0.0) == 20


class TestWithoutRedis:
    @pytest.fixture
    def nowhere(self) -> str:
        return f"redis://127.0.0.1:{free_port()}/0"

    async def test_the_cache_says_so_and_loads_every_time(self, nowhere: str) -> None:
        source = Source(b"1")
        source.may_answer.set()
        async with open_cache(nowhere, "away") as cache:
            for work in (cache.get("a"), cache.set("a", b"1", 1), cache.delete("a")):
                with pytest.raises(CacheUnavailable):
                    await work
            for _ in range(2):
                assert await cache.get_or_load("a", 10, source.load) == b"1"
        assert source.asked == 2

    async def test_each_process_counts_for_itself(self, nowhere: str) -> None:
        client = build_redis(nowhere)
        limiter = RedisLimiter(client, MemoryLimiter(CLOCK), prefix="away")
        assert await limiter.take("a", 4, capacity=4, per_second=0.001) == 0.0
        assert await limiter.take("a", 1, capacity=4, per_second=0.001) > 0
        await client.aclose()
