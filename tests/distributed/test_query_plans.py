"""With many orders and products in the tables, what is asked of them is answered from indexes."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest
from graphql import build_schema

from tests.support.buying import fill_cart, place_order, register, watch
from tests.support.clients import GraphQLClient
from tests.support.mesh import Shop
from tests.support.offering import offer_product
from tests.support.purchases import buy_as
from tests.support.questions import list_questions, turn_pages
from tests.support.statements import Overheard, Statement, list_scans, overhear
from tests.support.tree import ROOT
from tests.support.up import UpProcess
from tests.support.volume import dsn_of, fill_database, read_known, read_template

pytestmark = pytest.mark.long

ORDERS = 20_000
LARGE = 1_000
"""Rows of a table that is not read from its beginning to its end."""
RUN = "plans-"
PATIENCE = 60

READ_WHOLE: dict[tuple[str, str], str] = {}
"""Database and table -> why it may be read whole, however large it is."""


async def test_indexes_are_used(up: UpProcess, shop: Shop) -> None:
    admin = (
        f"postgresql://postgres:{up.variables['POSTGRES_PASSWORD']}@127.0.0.1:{up.variables['POSTGRES_PORT']}/postgres"
    )
    log = up.folder / "logs" / "postgres.txt"
    staff, ada = await shop.login("admin@example.com"), await register(shop.client, f"{RUN}ada@journey.example")
    other = await offer_product(staff, f"{RUN}other")
    known = await read_known(shop.running)
    async with overhear(admin, log) as written:
        variant = await write_everything(shop, staff)
        # Jobs that look for work at long intervals have looked once.
        await asyncio.sleep(1)
    await shop.running.wait_until_idle()
    await wait_until_chained(shop)
    template = await read_template(shop.running, known)
    async with overhear(admin, log) as asked:
        await read_everything(staff, ada, variant, other)
        await wait_for_chaining(shop, asked)
    statements = written.read() | asked.read()
    assert len(statements) > 250
    customer = _read_customer(template.of_tables()["orders"]["orders"])
    found: dict[str, set[str]] = {}
    for name, process in shop.running.processes.items():
        connection = await asyncpg.connect(dsn_of(process.database.url), server_settings={"statement_timeout": "0"})
        transaction = connection.transaction()
        await transaction.start()
        try:
            await fill_database(connection, template, name, customer, 1, ORDERS)
            large = {table for table, rows in await connection.fetch(_SIZES) if rows > LARGE}
            for statement in statements.values():
                if statement.database == name and _can_be_planned(statement):
                    for table in large.intersection(await list_scans(connection, statement, LARGE)):
                        found.setdefault(f"{name}.{table}", set()).add(statement.text)
        finally:
            await transaction.rollback()
            await connection.close()
    excused = {f"{database}.{table}" for database, table in READ_WHOLE}
    unexcused = {table: texts for table, texts in found.items() if table not in excused}
    assert unexcused == {}
    assert excused <= found.keys()


async def write_everything(shop: Shop, staff: GraphQLClient) -> str:
    """What staff, a new customer and sagas write: a product on sale, and orders with all their ends; its variant."""
    variant = await offer_product(staff, f"{RUN}product")
    eve = await register(shop.client, f"{RUN}eve@journey.example")
    await place_order(eve, await fill_cart(eve, variant))
    await buy_as(eve, {}, RUN)
    return variant


async def wait_until_chained(shop: Shop) -> None:
    """Every entry of the audit log is linked: what the job asks from now on begins behind them."""
    async with asyncio.timeout(PATIENCE):
        for process in shop.running.processes.values():
            connection = await asyncpg.connect(dsn_of(process.database.url))
            try:
                while await connection.fetchval(_UNLINKED):
                    await asyncio.sleep(0.1)
            finally:
                await connection.close()


async def wait_for_chaining(shop: Shop, asked: Overheard) -> None:
    """The job has asked again in each database."""
    async with asyncio.timeout(PATIENCE):
        while {each.database for each in asked.read().values() if _CHAINING in each.text} < set(shop.running.processes):
            await asyncio.sleep(0.5)


async def read_everything(staff: GraphQLClient, ada: GraphQLClient, variant: str, other: str) -> None:
    """Every field of the graph, by its administrator and by a customer who is on the way to a purchase."""
    schema = build_schema((ROOT / "schema" / "supergraph.graphql").read_text(), assume_valid=True)
    values = await find_values(ada, variant, other)
    for client in (staff, ada):
        for question in list_questions(schema, values):
            await client.send(question)
    assert await turn_pages(staff, schema, values) > 10


async def find_values(ada: GraphQLClient, variant_id: str, other: str) -> dict[str, str]:
    """Arguments that find something; what is bought for them is another variant, so that this one stays as it was."""
    order = await place_order(ada, await fill_cart(ada, other))
    await watch(ada, order["id"])
    cart = await fill_cart(ada, other)
    mine = await ada.data("query ($id: ID!) { me { id } order(id: $id) { payments { id } } }", id=order["id"])
    variant = (await ada.data(_PRODUCT, id=variant_id))["productVariant"]
    product = variant["product"]
    found = {
        "user(id:)": mine["me"]["id"],
        "cart(id:)": cart["id"],
        "order(id:)": order["id"],
        "payment(id:)": mine["order"]["payments"][0]["id"],
        "product(id:)": product["id"],
        "productBySlug(slug:)": product["slug"],
        "productVariant(id:)": variant_id,
        "productVariantBySku(sku:)": variant["sku"],
        "category(id:)": product["category"]["id"],
        "stockMovements(variantId:)": variant_id,
    }
    filters = {
        "products(filter.search:)": 'search: "kettle captain"',
        "products(filter.minimumPrice:)": 'minimumPrice: 100000, currency: "EUR"',
        "products(filter.maximumPrice:)": 'maximumPrice: 1, currency: "EUR"',
        "products(filter.categoryId:)": f'categoryId: "{product["category"]["id"]}"',
    }
    return {f"Query.{name}": f'"{value}"' for name, value in found.items()} | {
        f"{type_}.{name}": value for type_ in ("Query", "Category") for name, value in filters.items()
    }


_PRODUCT = "query ($id: ID!) { productVariant(id: $id) { sku product { id slug category { id } } } }"
_UNLINKED = "SELECT count(*) FROM audit_log WHERE NOT EXISTS (SELECT FROM audit_chain WHERE entry_id = audit_log.id)"
_CHAINING = "pg_snapshot_xmin(pg_current_snapshot())"
_SIZES = "SELECT relname, reltuples FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


def _can_be_planned(statement: Statement) -> bool:
    return statement.text.lstrip().split(None, 1)[0] in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}


def _read_customer(rows: list[Any]) -> str:
    return str(rows[0].values[rows[0].columns.index("customer_id")])
