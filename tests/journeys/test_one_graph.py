"""One query through five subgraphs: right, and as cheap for fifty orders as for one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.buying import fill_cart, find_variant, place_order, watch
from tests.support.clients import GraphQLClient
from tests.support.mesh import Shop, open_shop
from tests.support.tree import ROOT

CROSSING = (ROOT / "schema" / "operations" / "OrdersAcrossDomains.graphql").read_text()
CROSSED = {"accounts", "catalog", "inventory", "orders", "payments"}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as shop:
        yield shop


async def buy(client: GraphQLClient, count: int) -> None:
    variant = await find_variant(client, "PRESS-DOCK-1L")
    for _ in range(count):
        order = await place_order(client, await fill_cart(client, variant["id"]))
        await watch(client, order["id"])


async def count(shop: Shop, client: GraphQLClient, first: int) -> tuple[list[str], dict[str, int], list[Any]]:
    """The subgraph requests, the SQL statements by subgraph, and the orders of the query.

    Jobs look for work every second and send statements of their own: the least of three counts is without them.
    """
    counts = [await count_once(shop, client, first) for _ in range(3)]
    fetches, _, orders = counts[0]
    return fetches, {name: min(statements[name] for _, statements, _ in counts) for name in counts[0][1]}, orders


async def count_once(shop: Shop, client: GraphQLClient, first: int) -> tuple[list[str], dict[str, int], list[Any]]:
    statements = dict.fromkeys(shop.running.processes, 0)
    stops = []
    for name, process in shop.running.processes.items():

        def add(text: str, name: str = name) -> None:
            statements[name] += text.lstrip().startswith(("SELECT", "UPDATE", "INSERT", "DELETE", "WITH"))

        stops.append(process.database.count_statements(add))
    response = await client.send(CROSSING, {"first": first}, headers={"entrepot-query-plan": "include"})
    for stop in stops:
        stop()
    assert "errors" not in response, response["errors"]
    fetches = [fetch["subgraph"] for fetch in response["extensions"]["fetches"]]
    return fetches, statements, [edge["node"] for edge in response["data"]["me"]["orders"]["edges"]]


async def test_an_order_with_all_that_belongs_to_it(shop: Shop) -> None:
    ada = await shop.login("ada@example.com")
    await buy(ada, 1)
    fetches, _, (order,) = await count(shop, ada, 1)
    assert set(fetches) == CROSSED
    assert order["status"] == "CONFIRMED"
    assert order["customer"]["name"] == "Ada Lovelace"
    assert order["payments"] == [{"status": "AUTHORIZED", "total": {"amount": "34.50", "currency": "EUR"}}]
    assert order["amountDue"] == {"amount": "0.00"}
    (line,) = order["lines"]
    assert line["variant"]["product"] == {"name": "Dockside French Press", "slug": "dockside-press"}
    assert line["variant"]["availability"] == {"available": 24, "isInStock": True}


async def test_the_same_work_for_one_order_and_for_fifty(shop: Shop) -> None:
    staff = await shop.login("staff@example.com")
    ada = await shop.login("ada@example.com")
    await restock(staff)
    await buy(ada, 50)
    await shop.running.wait_until_idle()
    fetches, statements, orders = await count(shop, ada, 1)
    assert len(orders) == 1
    many_fetches, many_statements, many_orders = await count(shop, ada, 50)
    assert len(many_orders) == 50
    assert sorted(many_fetches) == sorted(fetches)
    assert many_statements == statements
    assert len(fetches) <= 6
    assert sum(statements.values()) <= 12


async def restock(staff: GraphQLClient) -> None:
    variant = await find_variant(staff, "PRESS-DOCK-1L")
    locations = await staff.data("{ locations { edges { node { id } } } }")
    delivery = {
        "variantId": variant["id"],
        "locationId": locations["locations"]["edges"][0]["node"]["id"],
        "delta": 100,
        "reason": "a delivery",
        "idempotencyKey": "restock",
    }
    mutation = "mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { errors { __typename } } }"
    await staff.data(mutation, input=delivery)
