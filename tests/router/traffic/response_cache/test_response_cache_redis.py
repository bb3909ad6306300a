"""Kept answers in a real Redis: what several routers share, what a question costs, and what becomes of it without."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from redis.asyncio import Redis

from entrepot.router.app import RouterApp
from entrepot.router.config import SubgraphCachingConfig
from entrepot.shared.caching import CacheUnavailable
from entrepot.shared.caching.redis import RedisCache, build_redis
from entrepot.shared.clock import SystemClock
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.response_cache_shop import QUERY, Build, Shop, build, clock, read_left, shop, supergraph
from tests.support.servers import free_port, serve_redis

__all__ = ["build", "clock", "shop", "supergraph"]

OpenCache = Callable[[], RedisCache]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_redis(tmp_path_factory.mktemp("redis")) as served:
        yield served


@pytest.fixture
async def client(url: str) -> AsyncIterator[Redis]:
    client = build_redis(url)
    yield client
    await client.aclose()


@pytest.fixture
async def open_cache(url: str, request: pytest.FixtureRequest) -> AsyncIterator[OpenCache]:
    """The cache of answers as one more process sees it."""
    clients: list[Redis] = []

    def open_cache() -> RedisCache:
        clients.append(build_redis(url))
        return RedisCache(clients[-1], SystemClock(), prefix=request.node.name)

    yield open_cache
    await asyncio.gather(*(each.aclose() for each in clients))


@pytest.fixture
def routers(build: Build, open_cache: OpenCache) -> list[AsgiClient]:
    return [build(response_cache=open_cache()) for _ in range(2)]


async def invalidate(client: AsgiClient, *tags: str) -> None:
    app = client.app
    assert isinstance(app, RouterApp)
    await app.invalidate(tags)


class TestShared:
    async def test_what_one_router_asked_for_the_other_knows(self, shop: Shop, routers: list[AsgiClient]) -> None:
        here, there = routers
        assert read_left(await here.query(QUERY)) == [10, 20]
        shop.left["1"] = 11
        assert read_left(await there.query(QUERY)) == [10, 20]
        assert (shop.count_roots(), shop.list_asked()) == (1, [["1", "2"]])

    async def test_only_the_entities_that_neither_knows_are_asked_for(
        self, shop: Shop, routers: list[AsgiClient]
    ) -> None:
        here, there = routers
        await here.query("{ product(id: 2) { id left } }")
        shop.list_asked()
        assert read_left(await there.query(QUERY)) == [10, 20]
        assert shop.list_asked() == [["1"]]

    @pytest.mark.parametrize("tag", ["entity:Product:1", "type:Product", "subgraph:stock", "stock-of-1"])
    async def test_what_one_router_is_told_to_forget_both_have_forgotten(
        self, shop: Shop, routers: list[AsgiClient], tag: str
    ) -> None:
        here, there = routers
        for router in routers:
            await router.query(QUERY)
        shop.left["1"] = 11
        await invalidate(here, tag)
        assert read_left(await there.query(QUERY)) == [11, 20]
        assert read_left(await here.query(QUERY)) == [11, 20]

    async def test_of_a_list_only_the_entity_that_changed_is_asked_for_again(
        self, shop: Shop, routers: list[AsgiClient]
    ) -> None:
        here, there = routers
        await here.query("{ product(id: 1) { id left } }")
        await here.query("{ product(id: 2) { id left } }")
        shop.list_asked()
        await invalidate(there, "stock-of-1")
        assert read_left(await there.query(QUERY)) == [10, 20]
        assert shop.list_asked() == [["1"]]

    async def test_what_changes_while_it_is_asked_for_elsewhere_is_not_kept(
        self, shop: Shop, routers: list[AsgiClient]
    ) -> None:
        here, there = routers
        shop.gate.clear()
        asking = asyncio.create_task(here.query(QUERY))
        while not shop.shop.requests:
            await asyncio.sleep(0.01)
        await invalidate(there, "subgraph:shop")
        shop.gate.set()
        await asking
        shop.count_roots()
        await here.query(QUERY)
        assert shop.count_roots() == 1

    async def test_an_answer_leaves_redis_when_its_time_is_over(
        self, routers: list[AsgiClient], client: Redis, request: pytest.FixtureRequest
    ) -> None:
        await routers[0].query(QUERY)
        keys = [key async for key in client.scan_iter(match=f"{request.node.name}:*response:*")]
        assert len(keys) == 3
        for key in keys:
            assert 0 < await client.pttl(key) <= 60_000

    async def test_what_another_version_wrote_is_not_found(
        self, shop: Shop, routers: list[AsgiClient], client: Redis, request: pytest.FixtureRequest
    ) -> None:
        await routers[0].query(QUERY)
        async for key in client.scan_iter(match=f"{request.node.name}:*response:*"):
            await client.set(key, b"\x01 written otherwise")
        assert read_left(await routers[1].query(QUERY)) == [10, 20]
        assert shop.count_roots() == 2


class TestRoundTrips:
    async def test_their_number_does_not_grow_with_what_is_asked_for(
        self, shop: Shop, build: Build, open_cache: OpenCache, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Answers, then the versions of all their tags; what was not found asks for its tags and is kept."""
        shop.ids = [str(number) for number in range(50)]
        shop.left = dict.fromkeys(shop.ids, 1) | {"3": 30}
        router, trips = build(response_cache=open_cache()), 0
        get_many, set_many = RedisCache.get_many, RedisCache.set_many

        async def count_get(cache: RedisCache, keys: list[str]) -> list[bytes | None]:
            nonlocal trips
            trips += 1
            return await get_many(cache, keys)

        async def count_set(cache: RedisCache, values: dict[str, tuple[bytes, float]]) -> None:
            nonlocal trips
            trips += 1
            await set_many(cache, values)

        async def refuse(*_arguments: object) -> None:
            raise AssertionError("One by one.")

        monkeypatch.setattr(RedisCache, "get_many", count_get)
        monkeypatch.setattr(RedisCache, "set_many", count_set)
        for name in ("get", "set"):
            monkeypatch.setattr(RedisCache, name, refuse)
        await router.query(QUERY)
        assert trips == 2 * 3
        trips = 0
        await router.query(QUERY)
        assert trips == 2 * 2
        assert shop.count_roots() == 1

    async def test_many_are_one_exchange_with_the_server(self, open_cache: OpenCache, client: Redis) -> None:
        cache = open_cache()
        await cache.set_many({f"key {number}": (b"%d" % number, 60.0) for number in range(100)})
        await cache.get_many(["one connection is there"])
        before = (await client.info("stats"))["total_reads_processed"]
        found = await cache.get_many([f"key {number}" for number in range(101)])
        assert found == [*(b"%d" % number for number in range(100)), None]
        # Those of a few packets, that of the figures, and nothing like a hundred.
        assert (await client.info("stats"))["total_reads_processed"] - before < 20
        assert await cache.get_many([]) == []


class TestAway:
    @pytest.fixture
    async def nowhere(self) -> AsyncIterator[RedisCache]:
        client = build_redis(f"redis://127.0.0.1:{free_port()}/0")
        yield RedisCache(client, SystemClock(), prefix="away")
        await client.aclose()

    async def test_everything_is_asked_and_nobody_sees_an_error(
        self, shop: Shop, build: Build, nowhere: RedisCache
    ) -> None:
        router = build(response_cache=nowhere)
        for _ in range(3):
            assert read_left(await router.query(QUERY)) == [10, 20]
        assert shop.count_roots() == 3
        assert router.app.response_cache_lookups == (0, 9)

    async def test_a_cache_that_failed_is_left_alone_for_a_moment(
        self, shop: Shop, build: Build, clock: ManualClock
    ) -> None:
        asked = 0

        class Failing:
            async def get_many(self, _keys: list[str]) -> list[bytes | None]:
                nonlocal asked
                asked += 1
                raise CacheUnavailable("The cache does not answer.")

        router = build(response_cache=Failing(), subgraphs={"stock": SubgraphCachingConfig(enabled=False)})
        for _ in range(3):
            await router.query(QUERY)
        assert asked == 1
        clock.advance(1.5)
        await router.query(QUERY)
        assert asked == 2

    async def test_who_declares_something_untrue_is_told_that_it_was_not_heard(
        self, build: Build, nowhere: RedisCache
    ) -> None:
        with pytest.raises(CacheUnavailable):
            await invalidate(build(response_cache=nowhere), "type:Product")
