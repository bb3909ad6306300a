"""What a cart shows is what its order costs, also while prices change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.buying import PLACE, fill_cart, find_variant, order_input, register
from tests.support.clients import GraphQLClient
from tests.support.invariants import check_invariants
from tests.support.mesh import Shop, open_shop

SKU = "PRESS-DOCK-1L"
SET_PRICE = """mutation ($input: SetProductVariantPricesInput!) { setProductVariantPrices(input: $input) {
  errors { __typename ... on UserError { code message } } } }"""
CART = "query ($id: ID!) { cart(id: $id) { id revision total { minorUnits } } }"
TOTAL = """query ($id: ID!) { order(id: $id) { total { minorUnits } subtotal { minorUnits } } }"""


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as shop:
        yield shop
        await shop.running.wait_until_idle()
        await check_invariants(shop.running)


async def set_price(staff: GraphQLClient, variant_id: str, minor_units: int, currency: str = "EUR") -> None:
    given = {"variantId": variant_id, "prices": [{"amount": {"minorUnits": minor_units, "currency": currency}}]}
    assert (await staff.data(SET_PRICE, input=given))["setProductVariantPrices"]["errors"] == []


async def order_as_shown(client: GraphQLClient, cart_id: str) -> tuple[int, int] | None:
    """What the cart showed and what its order costs; None when the order was refused because the cart changed."""
    cart: dict[str, Any] = (await client.data(CART, id=cart_id))["cart"]
    payload = (await client.data(PLACE, input=await order_input(client, cart)))["placeOrder"]
    if payload["errors"]:
        assert [error["code"] for error in payload["errors"]] == ["CART_CHANGED"]
        return None
    order = (await client.data(TOTAL, id=payload["order"]["id"]))["order"]
    assert order["subtotal"] == order["total"]
    return cart["total"]["minorUnits"], order["total"]["minorUnits"]


async def test_an_order_costs_what_its_cart_showed(shop: Shop) -> None:
    staff = await shop.login("admin@example.com")
    ada = await register(shop.client, "ada@prices.example")
    variant = await find_variant(ada, SKU)
    carts = [await fill_cart(ada, variant["id"]) for _ in range(16)]
    for number, cart in enumerate(carts):
        await set_price(staff, variant["id"], 1000 + number)
        # Before, while and after the carts hear of it.
        await asyncio.sleep(0.02 * number)
        costs = await order_as_shown(ada, cart["id"])
        if costs is not None:
            assert costs[0] == costs[1]
    await shop.running.wait_until_idle()


async def test_a_price_that_the_cart_does_not_show_does_not_refuse_an_order(shop: Shop) -> None:
    staff = await shop.login("admin@example.com")
    ada = await register(shop.client, "ada@prices.example")
    variant = await find_variant(ada, SKU)
    price = variant["price"]["current"]["minorUnits"]
    cart = await fill_cart(ada, variant["id"])
    await set_price(staff, variant["id"], price)
    await set_price(staff, variant["id"], 777, "USD")
    await asyncio.sleep(1.5)  # The job that announces carts with a new price runs each second.
    await shop.running.wait_until_idle()
    payload = (await ada.data(PLACE, input=await order_input(ada, cart)))["placeOrder"]
    assert payload["errors"] == []
