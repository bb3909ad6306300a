"""What domains announce makes kept answers untrue: the table of it, the embedded shop, and routers that share Redis."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entrepot.router.config import ResponseCacheConfig, SubgraphCachingConfig
from entrepot.router.supergraph import read_supergraph
from entrepot.router.traffic.response_cache.tag_versions import TagVersions
from entrepot.shared.caching import CacheUnavailable
from entrepot.shared.caching.redis import RedisCache, build_redis
from entrepot.shared.clock import SystemClock
from entrepot.shared.events import MemoryBus
from entrepot.shared.events.bus.bus import Message
from entrepot.shared.events.contracts.accounts import UserSignedIn
from entrepot.shared.events.contracts.catalog import VariantChanged
from entrepot.shared.events.contracts.dead_letters import EventDeadLettered
from entrepot.shared.events.contracts.inventory import (
    CommitStock,
    HoldStock,
    ReleaseRefused,
    ReleaseStock,
    ReservationCommitted,
    ReservationHeld,
    ReservationRefused,
    ReservationReleased,
    StockChanged,
)
from entrepot.shared.events.contracts.payments import (
    AuthorizePayment,
    PaymentDeclined,
    PaymentVoided,
    VoidPayment,
    VoidRefused,
)
from entrepot.shared.events.contracts.reference import Reference
from entrepot.shared.events.contracts.snapshots import SnapshotRequested
from entrepot.shared.events.event import Envelope, Event, known_contracts, newest_of, to_data, topic_of
from entrepot.shared.randomness import SystemRandomness
from entrepot.shared.subgraph import AnySubgraph, ChangedEntities
from entrepot.subgraphs.registry import SUBGRAPHS, load
from entrepot.wiring.invalidation import AnswerInvalidation, list_tags
from entrepot.wiring.shared_state import build_shared_state
from tests.support.asgi_client import AsgiClient
from tests.support.clients import GraphQLClient
from tests.support.clock import ManualClock
from tests.support.mesh import Shop, open_shop
from tests.support.response_cache_shop import QUERY, Build, build, clock, read_left, shop, supergraph
from tests.support.response_cache_shop import Shop as TwoSubgraphs
from tests.support.servers import serve_redis
from tests.support.tree import ROOT

__all__ = ["build", "clock", "shop", "supergraph"]

CHANGED_ENTITIES: ChangedEntities = {
    contract: entities for name in SUBGRAPHS for contract, entities in load(name).shows.items()
}
"""What all subgraphs declare."""


@dataclasses.dataclass
class Declared:
    """The subgraph of a process, and nothing of the process."""

    subgraph: AnySubgraph


PROCESSES = [Declared(load(name)) for name in SUBGRAPHS]

CHANGES_NOTHING: frozenset[type[Event]] = frozenset(
    {
        SnapshotRequested,
        # Nothing of it is in the graph, but for those who mind the events themselves.
        EventDeadLettered,
        UserSignedIn,
        # Asked of others, who announce what came of it.
        AuthorizePayment,
        CommitStock,
        HoldStock,
        ReleaseStock,
        VoidPayment,
        # Refused: everything stays as it is.
        ReleaseRefused,
        VoidRefused,
        # What they change of a stock is announced with the stock, of an order with the order.
        ReservationCommitted,
        ReservationHeld,
        ReservationRefused,
        ReservationReleased,
    }
)
FRESH_FOR_LONG = SubgraphCachingConfig(ttl=3600.0, scope="public")
CACHED = ResponseCacheConfig(enabled=True, subgraphs={"catalog": FRESH_FOR_LONG, "inventory": FRESH_FOR_LONG})
PRODUCTS = """query { products(first: 5) { edges { node {
  id name variants { id sku price(currency: "EUR") { current { minorUnits } } availability { available } } } } } }"""
PRODUCT = """query ($id: ID!) { product(id: $id) { status
  variants { id price(currency: "EUR") { current { minorUnits } } availability { available } } } }"""
SET_PRICES = """mutation ($input: SetProductVariantPricesInput!) {
  setProductVariantPrices(input: $input) { errors { __typename } } }"""
ARCHIVE = "mutation ($input: ArchiveProductInput!) { archiveProduct(input: $input) { errors { __typename } } }"
LOCATION = "query { locations(first: 1) { edges { node { id } } } }"
ADJUST = "mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { errors { __typename } } }"


class TestTable:
    def test_of_every_contract_it_is_said_what_it_changes(self) -> None:
        for name in SUBGRAPHS:
            load(name)
        ours = [contract for contract in known_contracts() if contract.__module__.startswith("entrepot.shared.")]
        newest = {newest_of(contract) for contract in ours}
        assert newest == CHANGED_ENTITIES.keys() | CHANGES_NOTHING
        assert not CHANGED_ENTITIES.keys() & CHANGES_NOTHING

    def test_each_subgraph_speaks_of_its_own_events(self) -> None:
        for name in SUBGRAPHS:
            assert {contract.TYPE.partition(".")[0] for contract in load(name).shows} <= {name}

    def test_its_types_are_entities_and_its_fields_those_of_the_events(self) -> None:
        types = read_supergraph((ROOT / "schema" / "supergraph.graphql").read_text()).types
        for contract, entities in CHANGED_ENTITIES.items():
            fields = {field.name for field in dataclasses.fields(contract)}  # type: ignore[arg-type]
            for name, keys in entities.items():
                assert any(join.key for join in types[name].joins), name
                assert fields.issuperset(keys), contract

    def test_an_event_names_each_entity_by_each_of_its_keys(self) -> None:
        assert list_tags(build_variant_changed(), CHANGED_ENTITIES) == [
            "entity:Product:prod_1",
            "entity:ProductVariant:var_1",
            "entity:ProductVariant:SKU-1",
        ]

    def test_what_an_event_refers_to_is_changed_too(self) -> None:
        refund = Reference(type="WorkOrder", id="wor_1")
        declined = PaymentDeclined(payment_id="pay_1", reference=refund, reason="CARD_DECLINED")
        assert list_tags(declined, CHANGED_ENTITIES) == ["entity:Payment:pay_1", "entity:WorkOrder:wor_1"]
        voided = PaymentVoided(payment_id="pay_1", reference=Reference(type="Order", id="ord_1"))
        assert list_tags(voided, CHANGED_ENTITIES) == ["entity:Payment:pay_1", "entity:Order:ord_1"]

    def test_an_event_that_changes_nothing_names_nothing_that_it_refers_to(self) -> None:
        held = ReservationHeld(reservation_id="rsv_1", reference=Reference(type="Order", id="ord_1"))
        assert list_tags(held, CHANGED_ENTITIES) == []


def build_variant_changed() -> VariantChanged:
    return VariantChanged(
        variant_id="var_1",
        product_id="prod_1",
        seller_id="sel_1",
        sku="SKU-1",
        product_name="Press",
        variant_name="1 l",
        is_sellable=True,
        prices=(),
        revision=2,
    )


def write_message(event: Event, *, version: int | None = None, data: Mapping[str, Any] | None = None) -> Message:
    envelope = Envelope(
        id="evt_1",
        source="test",
        type=event.TYPE,
        time=datetime(2026, 1, 1, tzinfo=UTC),
        subject=event.subject,
        dataversion=version or event.VERSION,
        data=to_data(event) if data is None else dict(data),
    )
    return Message(topic_of(event.TYPE), event.subject, envelope.to_json())


class TestListening:
    @pytest.fixture
    def told(self) -> list[list[str]]:
        return []

    @pytest.fixture
    async def bus(self, told: list[list[str]]) -> MemoryBus:
        async def invalidate(tags: Iterable[str]) -> None:
            told.append(list(tags))

        bus = MemoryBus()
        await AnswerInvalidation(invalidate, PROCESSES).listen(bus)
        return bus

    async def test_it_hears_of_what_the_table_names(self, bus: MemoryBus, told: list[list[str]]) -> None:
        await bus.publish([write_message(StockChanged(variant_id="var_1", available=1, revision=2))])
        await bus.publish(
            [write_message(ReservationHeld(reservation_id="rsv_1", reference=Reference(type="Order", id="ord_1")))]
        )
        assert told == [["entity:ProductVariant:var_1"]]

    @pytest.mark.parametrize("change", [{"version": 99}, {"data": {"surprise": 1}}])
    async def test_what_it_does_not_understand_changes_all_of_its_domain(
        self, bus: MemoryBus, told: list[list[str]], change: dict[str, Any]
    ) -> None:
        await bus.publish([write_message(build_variant_changed(), **change)])
        assert told == [["subgraph:catalog"]]

    async def test_what_cannot_be_read_stops_nothing(self, bus: MemoryBus, told: list[list[str]]) -> None:
        await bus.publish([Message("entrepot.catalog", "var_1", b"\xff")])
        await bus.publish([write_message(build_variant_changed())])
        assert len(told) == 1

    async def test_what_was_not_heard_comes_again(self) -> None:
        async def invalidate(_tags: Iterable[str]) -> None:
            raise CacheUnavailable("The cache does not answer.")

        with pytest.raises(CacheUnavailable):
            await AnswerInvalidation(invalidate, PROCESSES).receive(write_message(build_variant_changed()))


class TestEmbedded:
    @pytest.fixture
    async def cached_shop(self, tmp_path: Path) -> AsyncIterator[Shop]:
        async with open_shop(tmp_path, response_cache=CACHED) as shop:
            yield shop

    async def find_product(self, client: GraphQLClient) -> dict[str, Any]:
        edges = (await client.data(PRODUCTS))["products"]["edges"]
        return next(edge["node"] for edge in edges if edge["node"]["variants"])

    async def read(self, shop: Shop, product_id: str) -> dict[str, Any]:
        """The product as somebody sees it who is not logged in, asked for twice: kept from the second time on."""
        before = await shop.client.data(PRODUCT, id=product_id)
        hits = shop.running.router.response_cache_lookups[0]
        assert await shop.client.data(PRODUCT, id=product_id) == before
        assert shop.running.router.response_cache_lookups[0] > hits, "the answer is not kept"
        found: dict[str, Any] = before["product"]
        return found

    async def test_a_change_of_price_shows_in_the_next_answer(self, cached_shop: Shop) -> None:
        product = await self.find_product(cached_shop.client)
        variant, staff = product["variants"][0], await cached_shop.login("admin@example.com")
        await self.read(cached_shop, product["id"])
        price = {"amount": {"minorUnits": 4711, "currency": "EUR"}}
        changed = await staff.data(SET_PRICES, input={"variantId": variant["id"], "prices": [price]})
        assert changed["setProductVariantPrices"]["errors"] == []
        await cached_shop.running.wait_until_idle()
        after = await self.read(cached_shop, product["id"])
        prices = {each["id"]: each["price"]["current"]["minorUnits"] for each in after["variants"]}
        assert prices[variant["id"]] == 4711

    async def test_a_product_that_is_taken_off_sale_is_gone(self, cached_shop: Shop) -> None:
        product = await self.find_product(cached_shop.client)
        staff = await cached_shop.login("admin@example.com")
        await self.read(cached_shop, product["id"])
        assert (await staff.data(ARCHIVE, input={"productId": product["id"]}))["archiveProduct"]["errors"] == []
        await cached_shop.running.wait_until_idle()
        assert (await cached_shop.client.data(PRODUCT, id=product["id"]))["product"] is None
        edges = (await cached_shop.client.data(PRODUCTS))["products"]["edges"]
        assert product["id"] not in [edge["node"]["id"] for edge in edges]

    async def test_a_change_of_stock_asks_only_for_the_stock_again(self, cached_shop: Shop) -> None:
        product = await self.find_product(cached_shop.client)
        variant, staff = product["variants"][0], await cached_shop.login("admin@example.com")
        before = await self.read(cached_shop, product["id"])
        location = (await staff.data(LOCATION))["locations"]["edges"][0]["node"]["id"]
        given = {"variantId": variant["id"], "locationId": location, "delta": 7, "reason": "x", "idempotencyKey": "k"}
        assert (await staff.data(ADJUST, input=given))["adjustStock"]["errors"] == []
        await cached_shop.running.wait_until_idle()
        after = await self.read(cached_shop, product["id"])
        assert count_pieces(after)[variant["id"]] == count_pieces(before)[variant["id"]] + 7


def count_pieces(product: Mapping[str, Any]) -> dict[str, int]:
    return {each["id"]: each["availability"]["available"] or 0 for each in product["variants"]}


class TestDistributed:
    """Routers and workers meet in Redis: what a worker hears, every router has forgotten."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> Iterator[str]:
        with serve_redis(tmp_path) as served:
            yield served

    async def test_what_a_worker_hears_all_routers_have_forgotten(
        self, url: str, build: Build, shop: TwoSubgraphs, clock: ManualClock
    ) -> None:
        environ = {
            "ENTREPOT_REDIS_URL": url,
            "ENTREPOT_REDIS_RESPONSE_CACHE": "true",
            "ENTREPOT_REDIS_PREFIX": "forgotten",
        }
        kept = [build_shared_state(environ, clock).response_cache for _ in range(2)]
        routers: list[AsgiClient] = [build(response_cache=answers) for answers in kept]
        redis = build_redis(url)
        versions = TagVersions(RedisCache(redis, SystemClock(), prefix="forgotten:response-cache"), SystemRandomness())
        bus = MemoryBus()
        await AnswerInvalidation(versions.invalidate, PROCESSES).listen(bus)
        for router in routers:
            assert read_left(await router.query(QUERY)) == [10, 20]
        shop.left["1"] = 11
        event = dataclasses.replace(build_variant_changed(), product_id="1")
        await bus.publish([write_message(event)])
        for router in routers:
            assert read_left(await router.query(QUERY)) == [11, 20]
        await redis.aclose()
        for answers in kept:
            assert isinstance(answers, RedisCache)
            await answers._client.aclose()

    def test_answers_are_shared_only_where_that_is_asked_for(self, clock: ManualClock) -> None:
        url = {"ENTREPOT_REDIS_URL": "redis://127.0.0.1:1/0"}
        assert build_shared_state(url, clock).response_cache is None
        assert build_shared_state({}, clock).response_cache is None
