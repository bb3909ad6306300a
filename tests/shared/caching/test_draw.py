"""What a bucket tells beside its grant: the tokens that remain, alike in this process, in Redis and in PostgreSQL."""

import math
from collections.abc import AsyncIterator, Iterator

import pytest

from entrepot.shared.caching import Draw, Limiter, MemoryLimiter
from entrepot.shared.caching.postgres import PostgresLimiter, create_tables
from entrepot.shared.caching.redis import RedisLimiter, build_redis
from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database
from tests.shared.conftest import empty_postgres
from tests.support.clock import ManualClock
from tests.support.servers import serve_redis


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_redis(tmp_path_factory.mktemp("redis")) as served:
        yield served


@pytest.fixture(params=["memory", "redis", "postgres"])
async def limiter(request: pytest.FixtureRequest) -> AsyncIterator[Limiter]:
    if request.param == "memory":
        yield MemoryLimiter(ManualClock())
        return
    if request.param == "postgres":
        async with empty_postgres() as server:
            database = Database(server, SystemClock())
            await create_tables(database.engine)
            yield PostgresLimiter(database.engine, MemoryLimiter(ManualClock()))
            await database.dispose()
        return
    client = build_redis(request.getfixturevalue("url"))
    try:
        yield RedisLimiter(client, MemoryLimiter(ManualClock()), prefix=request.node.name)
    finally:
        await client.aclose()


async def test_the_tokens_that_remain_are_told(limiter: Limiter) -> None:
    # So slow that the clock of a server does not count.
    options = {"capacity": 5.0, "per_second": 1e-6}
    first = await limiter.draw("a", 2, **options)
    assert first.wait == 0
    assert first.remaining == pytest.approx(3, abs=1e-3)
    second = await limiter.draw("a", 4, **options)
    assert second.wait == pytest.approx(1e6, rel=1e-2)
    assert second.remaining == pytest.approx(3, abs=1e-3)
    assert (await limiter.draw("a", 3, **options)).remaining == pytest.approx(0, abs=1e-3)


async def test_what_a_bucket_never_holds_takes_nothing(limiter: Limiter) -> None:
    assert await limiter.draw("b", 6, capacity=5.0, per_second=1.0) == Draw(math.inf, 5.0)
