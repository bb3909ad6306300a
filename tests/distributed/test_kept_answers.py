"""Answers that all routers keep in Redis, and that no router gives any more once a worker has heard of a change."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.clients import GraphQLClient
from tests.support.offering import PRICE, offer_product, perform
from tests.support.up import UpProcess, run_up, visit

PATIENCE = 30.0
NAME = "kept-answers"
PRODUCT = """query ($slug: String!) { productBySlug(slug: $slug) { id name
  variants { price(currency: "EUR") { current { minorUnits } } availability { available } } } }"""
LOCATIONS = "{ locations(first: 50) { edges { node { id code } } } }"


@pytest.fixture(scope="module")
def keeping() -> Iterator[UpProcess]:
    with run_up("--scale", "router=2", environ={"ENTREPOT_REDIS_RESPONSE_CACHE": "true"}) as up:
        yield up


async def test_a_change_is_seen_through_every_router(keeping: UpProcess) -> None:
    async with visit(keeping) as shop:
        staff = await shop.login("admin@example.com")
        variant = await offer_product(staff, NAME)
        await shop.running.wait_until_idle()
        routers = [shop.client.as_(None), *list_routers(keeping, shop.client)]
        # Whoever asks second is told what the first was, wherever that was.
        ((price, pieces),) = {await read(router) for router in routers}
        assert price == PRICE
        await asyncio.sleep(1)
        assert all([await read_age(router) >= 1 for router in routers])

        given = {"amount": {"minorUnits": 4711, "currency": "EUR"}}
        await perform(staff, "setProductVariantPrices", variantId=variant, prices=[given])
        await until_all(routers, (4711, pieces))

        edges = (await staff.data(LOCATIONS))["locations"]["edges"]
        location = next(edge["node"]["id"] for edge in edges if edge["node"]["code"] == NAME)
        delivery = {"variantId": variant, "locationId": location, "delta": 7, "reason": "x", "idempotencyKey": "more"}
        await perform(staff, "adjustStock", **delivery)
        await until_all(routers, (4711, pieces + 7))


def list_routers(up: UpProcess, client: GraphQLClient) -> list[GraphQLClient]:
    """Each of the routers, past HAProxy."""
    ports = [up.variables[f"ROUTER_{number}_PORT"] for number in (1, 2)]
    return [GraphQLClient(client.session, f"http://127.0.0.1:{port}/graphql") for port in ports]


async def read(client: GraphQLClient) -> tuple[int, int]:
    """Price and stock as somebody sees them who is not logged in."""
    (variant,) = (await client.data(PRODUCT, slug=NAME))["productBySlug"]["variants"]
    return variant["price"]["current"]["minorUnits"], variant["availability"]["available"]


async def read_age(client: GraphQLClient) -> int:
    """How many seconds old the answer is that the router gives; 0 when it asked subgraphs."""
    body: dict[str, Any] = {"query": PRODUCT, "variables": {"slug": NAME}}
    async with client.session.post(client.url, json=body) as response:
        return int(response.headers.get("age", "0"))


async def until_all(routers: list[GraphQLClient], wanted: tuple[int, int]) -> None:
    """Return once every router says so, and none what was before, for good."""
    async with asyncio.timeout(PATIENCE):
        while await read(routers[0]) != wanted:
            await asyncio.sleep(0.05)
    assert {await read(router) for router in routers for _ in range(3)} == {wanted}
