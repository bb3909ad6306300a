"""The whole demonstration, as customers and staff see it through the graph: counted, and the same the second time."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from entrepot.demo.catalogue import read_categories, read_items
from entrepot.demo.orders import plan_orders
from entrepot.demo.pictures import draw_picture
from entrepot.demo.preparing import ProgressLines, prepare_demo_data
from entrepot.demo.write import write_demo_data
from entrepot.shared.clock import SystemClock
from entrepot.shared.environment import Environment
from entrepot.shared.process import SubgraphProcess
from entrepot.shared.randomness import SeededRandomness
from entrepot.subgraphs.accounts.seeds import DEMO_USERS
from entrepot.wiring.embedded import EmbeddedShop
from tests.support.clients import GraphQLClient
from tests.support.clock import ManualClock
from tests.support.mesh import CHEAP, Shop, open_shop

REASONS = {
    "CARD_DECLINED",
    "INSUFFICIENT_FUNDS",
    "INVALID_TOKEN",
    "OUT_OF_STOCK",
    "PROVIDER_UNAVAILABLE",
    "REQUESTED",
    "TIMED_OUT",
}
PRODUCT = """
  slug isFeatured status description category { slug breadcrumbs { slug } }
  images { url altText position }
  variants {
    sku attributes { name value } price(currency: "EUR") { current { minorUnits } compareAt { minorUnits } }
    availability { available isInStock }
  }
"""
ORDER = """
  number status paymentStatus fulfilmentStatus cancelReason placedAt
  customer { email } total { minorUnits } lines { quantity variant { sku } } payments { status }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that was prepared once; what tests change in it is none of the demo data."""
    folder = tmp_path_factory.mktemp("whole")

    async def prepare() -> None:
        async with open_whole_shop(folder):
            pass

    asyncio.run(prepare())
    return folder


def open_whole_shop(folder: Path) -> AbstractAsyncContextManager[Shop]:
    return open_shop(folder, prepare=partial(prepare_demo_data, folder=folder, clock=SystemClock(), write=print))


@pytest.fixture
async def shop(folder: Path) -> AsyncIterator[Shop]:
    async with open_whole_shop(folder) as shop:
        yield shop


async def list_all(client: GraphQLClient, field: str, selection: str) -> list[Any]:
    """Every node of a connection."""
    found: list[Any] = []
    after = None
    while True:
        document = f"""query ($after: String) {{ {field}(first: 50, after: $after) {{
          edges {{ node {{ {selection} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
        page = (await client.data(document, after=after))[field]
        found += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


class TestShop:
    async def test_products_have_all_that_a_page_shows(self, shop: Shop) -> None:
        products = await list_all(shop.client, "products", PRODUCT)
        assert len(products) == len(read_items()) >= 180
        for product in products:
            assert product["status"] == "ACTIVE"
            assert len(product["category"]["breadcrumbs"]) == 3
            (image,) = product["images"]
            assert draw_picture(image["url"].removeprefix("/pictures/").removesuffix(".svg"))
            assert image["altText"]
            assert all(len(variant["attributes"]) >= 2 and variant["price"] for variant in product["variants"])
        reduced = [one for one in products if any(variant["price"]["compareAt"] for variant in one["variants"])]
        assert len(reduced) >= len(products) * 0.15
        assert 10 <= sum(product["isFeatured"] for product in products) <= 15
        stock = Counter(
            0 if not variant["availability"]["isInStock"] else min(variant["availability"]["available"], 5)
            for product in products
            for variant in product["variants"]
        )
        assert stock[0] >= 10
        assert sum(stock[few] for few in (1, 2, 3, 4)) >= 5
        assert stock[5] > 300

    async def test_categories_are_a_tree_of_three_levels_with_pictures(self, shop: Shop) -> None:
        image = "image { url altText position }"
        found = await shop.client.data(
            f"""{{ categories {{ slug {image}
              children {{ slug {image} children {{ slug {image} children {{ slug }} }} }} }} }}"""
        )
        departments = found["categories"]
        groups = [group for department in departments for group in department["children"]]
        kinds = [kind for group in groups for kind in group["children"]]
        assert [len(departments), len(groups) > 10, len(kinds) > 30] == [7, True, True]
        assert all(kind["children"] == [] for kind in kinds)
        slugs = {node["slug"]: node["image"]["url"] for node in (*departments, *groups, *kinds)}
        assert slugs == {category.slug: f"/pictures/category-{category.slug}.svg" for category in read_categories()}

    async def test_stock_lies_at_three_locations(self, shop: Shop) -> None:
        clerk = await shop.login("staff@example.com")
        locations = await list_all(clerk, "locations", "code name")
        assert len(locations) == 3

    async def test_orders_are_in_every_state_that_stays(self, shop: Shop) -> None:
        admin = await shop.login("admin@example.com")
        orders = await list_all(admin, "orders", ORDER)
        assert len(orders) >= 20
        states = {(one["status"], one["paymentStatus"], one["fulfilmentStatus"]) for one in orders}
        # A pending order moves on by itself, to one of these.
        assert states == {("CONFIRMED", "AUTHORIZED", "ALLOCATED"), ("CANCELLED", "NONE", "UNFULFILLED")}
        assert {one["cancelReason"] for one in orders if one["status"] == "CANCELLED"} == REASONS
        assert {payment["status"] for one in orders for payment in one["payments"]} >= {
            "AUTHORIZED",
            "VOIDED",
            "FAILED",
        }
        assert len({one["customer"]["email"] for one in orders}) >= 6
        moments = [datetime.fromisoformat(one["placedAt"]) for one in orders]
        assert moments == sorted(moments, reverse=True)
        assert moments[0] - moments[-1] > timedelta(days=150)
        assert SystemClock().now() > moments[0] > SystemClock().now() - timedelta(days=3)
        confirmed = [one for one in orders if one["status"] == "CONFIRMED"]
        assert len(confirmed) >= 8

    async def test_nothing_is_left_to_do(self, shop: Shop) -> None:
        for name, process in shop.running.processes.items():
            assert (await process.read_progress()).undelivered == 0, name

    async def test_logins_have_their_scopes(self, shop: Shop) -> None:
        for user in DEMO_USERS:
            me = (await (await shop.login(user.email)).data("{ me { name email } }"))["me"]
            assert me == {"name": user.name, "email": user.email}
        create = """mutation ($key: String!) { createCategory(input: {
          name: "New", slug: "new", idempotencyKey: $key }) { category { slug } errors { __typename } } }"""
        for email, is_staff in (("staff@example.com", True), ("admin@example.com", True), ("ada@example.com", False)):
            response = await (await shop.login(email)).send(create, {"key": email})
            assert ("errors" not in response) == is_staff, email
        for email in ("emmy@example.com", "alan@example.com"):
            client = await shop.login(email)
            assert await client.data("{ me { orders(first: 1) { edges { node { number } } } } }")


async def open_processes(folder: Path) -> EmbeddedShop:
    """A shop whose databases are there, and that does nothing."""
    clock = ManualClock()
    shop = EmbeddedShop(folder, environment=Environment.of(clock, SeededRandomness(5)), environ=CHEAP, is_demo=True)
    for process in shop.processes.values():
        await process.migrate()
    return shop


def fingerprint(folder: Path) -> Mapping[str, str]:
    """A hash of each table with all its rows; password hashes are salted, and traces are of the moment."""
    found = {}
    for path in sorted(folder.glob("*.db")):
        with sqlite3.connect(path) as connection:
            tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                cursor = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a table of ours
                names = [column[0] for column in cursor.description]
                rows = sorted(
                    repr([value for name, value in zip(names, row, strict=True) if name not in _OF_THE_MOMENT])
                    for row in cursor
                )
                found[f"{path.stem}.{table}"] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


_OF_THE_MOMENT = {"password_hash", "traceparent", "lease_owner", "envelope"}


async def test_is_the_same_in_two_places_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    prints = []
    for name in ("one", "other"):
        shop = await open_processes(tmp_path / name)
        now = shop.environment.clock.now()
        await write_demo_data(shop.processes, now, lambda *_: None)
        prints.append(fingerprint(tmp_path / name))
        if name == "other":
            await write_demo_data(shop.processes, now + timedelta(days=1), lambda *_: None)
            prints.append(fingerprint(tmp_path / name))
        await shop.close()
    assert prints[0] == prints[1]
    assert prints[1] == prints[2]


async def test_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    class Interrupted(Exception):
        pass

    def interrupt(what: str, done: int, _total: int) -> None:
        if (what, done) in {("products", 100), ("orders", 5)} - interruptions:
            interruptions.add((what, done))
            raise Interrupted

    interruptions: set[tuple[str, int]] = set()
    shop = await open_processes(tmp_path)
    now = shop.environment.clock.now()
    for _ in range(2):
        with pytest.raises(Interrupted):
            await write_demo_data(shop.processes, now, interrupt)
    await write_demo_data(shop.processes, now, interrupt)
    catalog, orders = sqlite3.connect(tmp_path / "catalog.db"), sqlite3.connect(tmp_path / "orders.db")
    assert catalog.execute("SELECT count(*) FROM products").fetchone() == (len(read_items()),)
    # One of the customers paid with another card, in an order of its own.
    assert orders.execute("SELECT count(*) FROM orders").fetchone() == (len(list(plan_orders())) + 1,)
    for connection in (catalog, orders):
        connection.close()
    await shop.close()


async def test_a_folder_that_has_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "demo-data").write_text("1\n")
    processes: dict[str, SubgraphProcess] = {}
    await prepare_demo_data(processes, tmp_path, SystemClock(), pytest.fail)


def test_progress_is_told_when_it_takes_longer_than_a_second() -> None:
    clock, lines = ManualClock(), list[str]()
    tell = ProgressLines(clock, lines.append)
    tell("products", 20, 200)
    clock.advance(1.2)
    tell("products", 120, 200)
    tell("products", 140, 200)
    clock.advance(1.2)
    tell("orders", 3, 24)
    assert lines == ["Preparing demo data: 120 of 200 products", "Preparing demo data: 3 of 24 orders"]
