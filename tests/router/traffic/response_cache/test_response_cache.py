"""Kept answers of subgraphs, through the whole router: what is kept for whom, how long, and what forgets it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest

from entrepot.router.app import RouterApp
from entrepot.router.config import (
    HeaderRule,
    InvalidationConfig,
    SubgraphCachingConfig,
)
from entrepot.shared.caching import CacheUnavailable
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.response_cache_shop import (
    PRIVATE,
    PUBLIC,
    QUERY,
    Build,
    Shop,
    build,
    clock,
    read_left,
    shop,
    supergraph,
)
from tests.support.tokens import bearer

__all__ = ["build", "clock", "shop", "supergraph"]


class TestKept:
    async def test_off_by_default_everything_is_asked(self, shop: Shop, build: Build) -> None:
        client = build(enabled=False)
        for _ in range(2):
            answer = await client.query(QUERY)
            assert answer.headers["cache-control"] == "no-store"
        assert shop.count_roots() == 2

    async def test_an_answer_is_asked_for_once(self, shop: Shop, build: Build) -> None:
        client = build()
        assert read_left(await client.query(QUERY)) == [10, 20]
        shop.left["1"] = 11
        assert read_left(await client.query(QUERY)) == [10, 20]
        assert (shop.count_roots(), shop.list_asked()) == (1, [["1", "2"]])

    async def test_of_several_entities_only_the_unknown_are_asked_for(self, shop: Shop, build: Build) -> None:
        client = build()
        await client.query("{ product(id: 2) { left } }")
        shop.list_asked()
        shop.ids = ["1", "2", "3"]
        answer = await client.query("{ products { id left } }")
        # The same selection as before, but for the key, which the first operation has as well.
        assert read_left(answer) == [10, 20, 30]
        assert shop.list_asked() == [["1", "3"]]

    async def test_it_expires(self, shop: Shop, build: Build, clock: ManualClock) -> None:
        client = build()
        await client.query(QUERY)
        shop.left["1"] = 11
        clock.advance(59)
        assert read_left(await client.query(QUERY)) == [10, 20]
        clock.advance(1)
        assert read_left(await client.query(QUERY)) == [11, 20]

    @pytest.mark.parametrize(
        ("control", "headers"),
        [
            (None, {}),
            ("no-store, max-age=60", {}),
            ("no-cache", {}),
            ("public", {}),
            ("public, max-age=x", {}),
            ("public, max-age=60", {"age": "60"}),
            ("public, max-age=60", {"vary": "*"}),
            ("public, max-age=60", {"set-cookie": "a=b"}),
            (PRIVATE, {}),
            ("max-age=60", {}),
        ],
    )
    async def test_what_may_not_be_kept_is_not(
        self, shop: Shop, build: Build, control: str | None, headers: dict[str, str]
    ) -> None:
        shop.control["shop"], shop.headers = control, headers
        client = build()
        answers = [await client.query("{ hello }") for _ in range(2)]
        assert shop.count_roots() == 2
        assert [answer.headers["cache-control"] for answer in answers] == ["no-store"] * 2

    async def test_errors_are_not_kept_and_keep_their_places(self, shop: Shop, build: Build) -> None:
        client = build()
        await client.query("{ product(id: 1) { left } }")
        shop.left["2"] = ValueError("lost")
        for _ in range(2):
            answer = await client.query(QUERY)
            assert answer.json["data"]["products"] == [{"id": "1", "left": 10}, {"id": "2", "left": None}]
            assert [error["path"] for error in answer.json["errors"]] == [["products", 1]]
            assert answer.headers["cache-control"] == "no-store"
        assert shop.list_asked() == [["1"], ["2"], ["2"]]
        shop.left["2"] = 21
        assert read_left(await client.query(QUERY)) == [10, 21]

    async def test_mutations_are_always_asked(self, shop: Shop, build: Build) -> None:
        client = build()
        for _ in range(2):
            assert (await client.query("mutation { rename }")).headers["cache-control"] == "no-store"
        assert shop.count_roots() == 2

    async def test_what_says_nothing_is_kept_as_configured(self, shop: Shop, build: Build, clock: ManualClock) -> None:
        shop.control["shop"] = "public"
        client = build(subgraphs={"shop": SubgraphCachingConfig(ttl=5)})
        answer = await client.query("{ hello }")
        assert answer.headers["cache-control"] == "public, max-age=5"
        await client.query("{ hello }")
        assert shop.count_roots() == 1
        clock.advance(5)
        await client.query("{ hello }")
        assert shop.count_roots() == 1

    async def test_a_subgraph_can_be_left_out(self, shop: Shop, build: Build) -> None:
        client = build(subgraphs={"shop": SubgraphCachingConfig(enabled=False)})
        await client.query(QUERY)
        await client.query(QUERY)
        assert (shop.count_roots(), shop.list_asked()) == (2, [["1", "2"]])

    async def test_without_the_cache_everything_is_asked(self, shop: Shop, build: Build) -> None:
        class Away:
            async def get_many(self, keys: list[str]) -> list[bytes | None]:
                raise CacheUnavailable("The cache does not answer.")

            async def set_many(self, values: dict[str, tuple[bytes, float]]) -> None:
                raise CacheUnavailable("The cache does not answer.")

        client = build(response_cache=Away())
        for _ in range(2):
            assert read_left(await client.query(QUERY)) == [10, 20]
        assert shop.count_roots() == 2


class TestIdentities:
    def _callers(self, clock: ManualClock) -> Iterator[dict[str, str]]:
        """Nobody; two people; one of them with other rights, and with another token."""
        yield {}
        yield bearer(clock)
        yield bearer(clock, sub="usr_2", jti="t2")
        yield bearer(clock, scope="people:read")
        yield bearer(clock, jti="t3")

    @pytest.mark.parametrize("mode", ["internal", "forward"])
    @pytest.mark.parametrize("control", [PRIVATE, "max-age=60", PUBLIC])
    async def test_nobody_gets_what_was_answered_to_another(
        self, shop: Shop, build: Build, clock: ManualClock, mode: str, control: str
    ) -> None:
        shop.control = {"shop": control, "stock": control}
        client = build(mode=mode)
        callers = list(self._callers(clock))
        for number, headers in enumerate(callers):
            # What each of them is told is another one's secret.
            shop.left = {"1": number, "2": 100 + number}
            answer = await client.query(QUERY, headers=headers)
            assert read_left(answer) == [number, 100 + number]
            if headers:
                assert answer.headers["cache-control"].startswith("private")
        assert shop.count_roots() == len(callers)
        shop.left = {"1": -1, "2": -1}
        for number, headers in enumerate(callers[1:], 1):
            assert read_left(await client.query(QUERY, headers=headers)) == [number, 100 + number]
        assert shop.count_roots() == 0

    async def test_they_do_not_get_it_either_when_they_ask_at_the_same_time(
        self, shop: Shop, build: Build, clock: ManualClock
    ) -> None:
        shop.control = {"shop": PRIVATE, "stock": PRIVATE}
        client = build(mode="internal")
        callers = list(self._callers(clock))
        shop.gate.clear()
        tasks = [asyncio.create_task(client.query(QUERY, headers=headers)) for headers in callers]
        while len(shop.shop.requests) < len(callers):
            await asyncio.sleep(0)
        shop.gate.set()
        await asyncio.gather(*tasks)
        assert (shop.count_roots(), len(shop.list_asked())) == (len(callers), len(callers))

    async def test_what_is_private_and_nobodys_is_not_kept(self, shop: Shop, build: Build) -> None:
        shop.control["shop"] = PRIVATE
        client = build(mode="internal")
        await client.query("{ hello }")
        await client.query("{ hello }")
        assert shop.count_roots() == 2

    async def test_every_header_that_goes_on_counts(self, shop: Shop, build: Build) -> None:
        client = build(headers=(HeaderRule(propagate=("x-tenant",)),))
        for tenant in ("a", "b", "a"):
            await client.query("{ hello }", headers={"x-tenant": tenant})
        assert shop.count_roots() == 2

    async def test_a_trusted_subgraph_answers_everybody_the_same(
        self, shop: Shop, build: Build, clock: ManualClock
    ) -> None:
        client = build(mode="internal", subgraphs={"shop": SubgraphCachingConfig(share_public_across_users=True)})
        callers = list(self._callers(clock))
        for headers in callers:
            await client.query("{ hello }", headers=headers)
        assert shop.count_roots() == 1
        shop.control["shop"] = PRIVATE
        for headers in callers:
            await client.query("{ products { name } }", headers=headers)
        assert shop.count_roots() == len(callers)


class TestForgotten:
    @pytest.mark.parametrize(
        ("tag", "roots", "asked"),
        [
            ("entity:Product:1", 1, [["1"]]),
            ("type:Product", 1, [["1", "2"]]),
            ("subgraph:stock", 0, [["1", "2"]]),
            ("subgraph:shop", 1, []),
            ("stock-of-2", 0, [["2"]]),
            ("all-products", 1, []),
            # It holds them: as `replacement` of another one.
            ("entity:Product:3", 1, [["1", "2"]]),
            ("entity:Person:1", 0, []),
        ],
    )
    async def test_by_tag(self, shop: Shop, build: Build, tag: str, roots: int, asked: list[list[str]]) -> None:
        query = QUERY if tag != "entity:Product:3" else "{ products { id left replacement { id } } }"
        client = build()
        await client.query(query)
        shop.count_roots()
        shop.list_asked()
        await read_app(client).invalidate([tag])
        await client.query(query)
        assert (shop.count_roots(), shop.list_asked()) == (roots, asked)

    async def test_by_the_arguments_of_a_root_field(self, shop: Shop, build: Build) -> None:
        client = build()
        query = "query Q($id: ID!) { product(id: $id) { name } }"
        for identity in ("1", "2"):
            await client.query(query, {"id": identity})
        await read_app(client).invalidate(["asked-1"])
        shop.count_roots()
        await client.query(query, {"id": "2"})
        assert shop.count_roots() == 0
        await client.query(query, {"id": "1"})
        assert shop.count_roots() == 1

    async def test_what_was_asked_before_is_not_kept_after(self, shop: Shop, build: Build) -> None:
        client = build()
        shop.gate.clear()
        task = asyncio.create_task(client.query("{ products { id } }"))
        while not shop.shop.requests:
            await asyncio.sleep(0)
        await read_app(client).invalidate(["type:Product"])
        shop.gate.set()
        await task
        await client.query("{ products { id } }")
        assert shop.count_roots() == 2

    async def test_a_reload_keeps_what_is_kept(self, shop: Shop, build: Build, supergraph: str) -> None:
        client = build()
        await client.query(QUERY)
        await read_app(client).reload(supergraph)
        await client.query(QUERY)
        assert shop.count_roots() == 1
        await read_app(client).invalidate(["subgraph:shop"])
        await client.query(QUERY)
        assert shop.count_roots() == 1

    async def test_over_http_by_those_who_know_the_token(self, shop: Shop, build: Build) -> None:
        client = build(invalidation=InvalidationConfig(token="a-long-token"))
        await client.query(QUERY)
        body = json.dumps({"tags": ["subgraph:shop"]}).encode()
        for headers in ({}, {"authorization": "Bearer another"}, {"authorization": "a-long-token"}):
            assert (await client.send("POST", "/cache/invalidate", headers, body)).status == 401
        await client.query(QUERY)
        assert shop.count_roots() == 1
        known = {"authorization": "Bearer a-long-token"}
        assert (await client.send("POST", "/cache/invalidate", known, b'{"tag": 1}')).status == 400
        assert (await client.send("GET", "/cache/invalidate", known)).status == 405
        answer = await client.send("POST", "/cache/invalidate", known, body)
        assert (answer.status, answer.json) == (200, {"invalidated": 1})
        await client.query(QUERY)
        assert shop.count_roots() == 1

    async def test_without_a_token_there_is_nothing_at_the_path(self, build: Build) -> None:
        assert (await build().send("POST", "/cache/invalidate", {"authorization": "Bearer None"})).status == 404


class TestClients:
    async def test_they_may_keep_it_as_long_as_its_shortest_part(
        self, shop: Shop, build: Build, clock: ManualClock
    ) -> None:
        shop.control = {"shop": "public, max-age=60, s-maxage=90", "stock": "public, max-age=30"}
        client = build()
        answer = await client.query(QUERY)
        assert answer.headers["cache-control"] == "public, max-age=30"
        clock.advance(10)
        later = await client.query(QUERY)
        # 20 seconds are left: it is 10 seconds old.
        assert (later.headers["cache-control"], later.headers["age"]) == ("public, max-age=30", "10")

    async def test_one_private_part_makes_it_private(self, shop: Shop, build: Build, clock: ManualClock) -> None:
        shop.control["stock"] = PRIVATE
        client = build(mode="forward")
        answer = await client.query(QUERY, headers=bearer(clock))
        assert answer.headers["cache-control"] == "private, max-age=60"

    async def test_one_part_that_says_nothing_forbids_it(self, shop: Shop, build: Build) -> None:
        shop.control["stock"] = None
        assert (await build().query(QUERY)).headers["cache-control"] == "no-store"


def read_app(client: AsgiClient) -> RouterApp:
    app = client.app
    assert isinstance(app, RouterApp)
    return app
