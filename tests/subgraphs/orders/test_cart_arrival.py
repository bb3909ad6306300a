"""Carts that have not arrived here yet, and those that never will."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from entrepot.shared.events.contracts.carts import CartChanged, CartLineFacts
from tests.support.subgraphs import SubgraphUnderTest, customer, open_subgraph

ADA, EVE = customer(1, "orders:create"), customer(2, "orders:create")
ADDRESS = {"name": "Ada", "line1": "1 Quay", "city": "Hamburg", "countryCode": "DE"}
PLACE = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
  order { subtotal { amount } total { amount } shippingAddress { name line1 line2 city postalCode region countryCode } }
  errors { ... on UserError { code path message } } } }"""


@pytest.fixture
async def orders(tmp_path: Path, database_url: str | None) -> AsyncIterator[SubgraphUnderTest]:
    async with open_subgraph("orders", tmp_path, url=database_url) as subgraph:
        yield subgraph


async def place(orders: SubgraphUnderTest, cart_id: str, revision: int = 1, **given: Any) -> dict[str, Any]:
    given = {
        "cartId": cart_id,
        "expectedRevision": revision,
        "paymentMethodId": "pmt_1",
        "shippingAddress": ADDRESS,
        "idempotencyKey": "k",
        **given,
    }
    payload: dict[str, Any] = (await orders.execute(PLACE, ADA, input=given))["data"]["placeOrder"]
    return payload


async def refusals_at_once(orders: SubgraphUnderTest, cart_id: str) -> list[str]:
    """The codes, while the clock stands still: a request that waits for it times out here."""
    payload = await asyncio.wait_for(place(orders, cart_id), 5)
    return [error["code"] for error in payload["errors"]]


def new_cart_id(orders: SubgraphUnderTest) -> str:
    return orders.transactions.environment.ids.new("crt")


def changed(cart_id: str, revision: int = 1, owner: Any = ADA) -> CartChanged:
    line = CartLineFacts(
        line_id="cln_1",
        variant_id="var_1",
        seller_id="sel_1",
        sku="CUP-1",
        product_name="Cup",
        variant_name="Blue",
        quantity=2,
        unit_minor_units=500,
    )
    return CartChanged(
        cart_id=cart_id,
        revision=revision,
        status="ACTIVE",
        owner_id=owner.user_id if owner else None,
        channel="default",
        currency="EUR",
        lines=(line,),
    )


class TestUnknownCarts:
    @pytest.mark.parametrize("cart_id", ["", "crt_none", "nonsense", "var_019b7940-8c00-7000-8000-000000000000"])
    async def test_what_is_no_id_of_a_cart_is_not_found_at_once(self, orders: SubgraphUnderTest, cart_id: str) -> None:
        assert await refusals_at_once(orders, cart_id) == ["NOT_FOUND"]

    async def test_a_cart_that_would_have_arrived_long_ago_is_not_found_at_once(
        self, orders: SubgraphUnderTest
    ) -> None:
        cart_id = new_cart_id(orders)
        orders.clock.advance(301)
        assert await refusals_at_once(orders, cart_id) == ["NOT_FOUND"]

    async def test_nor_is_there_a_cart_of_tomorrow(self, orders: SubgraphUnderTest) -> None:
        assert await refusals_at_once(orders, "crt_f19b7940-8c00-7000-8000-000000000000") == ["NOT_FOUND"]

    async def test_a_new_one_is_waited_for_and_may_be_on_its_way_still(self, orders: SubgraphUnderTest) -> None:
        placing = asyncio.create_task(place(orders, new_cart_id(orders)))
        await asyncio.sleep(0.2)
        orders.clock.advance(2.9)
        await asyncio.sleep(0.2)
        assert not placing.done()
        orders.clock.advance(0.2)
        payload = await asyncio.wait_for(placing, 5)
        assert [error["code"] for error in payload["errors"]] == ["CART_NOT_READY"]

    async def test_a_new_one_that_arrives_is_ordered(self, orders: SubgraphUnderTest) -> None:
        cart_id = new_cart_id(orders)
        placing = asyncio.create_task(place(orders, cart_id))
        await asyncio.sleep(0.05)
        await orders.receive(changed(cart_id))
        payload = await asyncio.wait_for(placing, 5)
        assert payload["errors"] == []
        assert payload["order"] == {
            "subtotal": {"amount": "10.00"},
            "total": {"amount": "10.00"},
            "shippingAddress": {**ADDRESS, "line2": None, "postalCode": None, "region": None},
        }

    async def test_a_guests_cart_that_becomes_the_customers_is_waited_for(self, orders: SubgraphUnderTest) -> None:
        cart_id = new_cart_id(orders)
        await orders.receive(changed(cart_id, owner=None))
        placing = asyncio.create_task(place(orders, cart_id, 2))
        await asyncio.sleep(0.05)
        await orders.receive(changed(cart_id, 2))
        assert (await asyncio.wait_for(placing, 5))["errors"] == []

    async def test_anothers_cart_is_not_found_at_once(self, orders: SubgraphUnderTest) -> None:
        cart_id = new_cart_id(orders)
        await orders.receive(changed(cart_id, owner=EVE))
        assert await refusals_at_once(orders, cart_id) == ["NOT_FOUND"]


class TestBadInput:
    async def test_all_that_is_wrong_is_said_at_once(self, orders: SubgraphUnderTest) -> None:
        address = {"name": "", "line1": " ", "line2": "x" * 201, "city": "", "countryCode": "Germany"}
        payload = await place(orders, "crt_none", shippingAddress=address, idempotencyKey="")
        assert [error["path"] for error in payload["errors"]] == [
            *(["shippingAddress", name] for name in ("name", "line1", "line2", "city", "countryCode")),
            ["idempotencyKey"],
        ]
        assert {error["code"] for error in payload["errors"]} == {"BAD_USER_INPUT"}
        assert payload["errors"][0]["message"] == "name is required."

    async def test_parts_of_an_address_that_are_null_are_as_if_left_out(self, orders: SubgraphUnderTest) -> None:
        cart_id = new_cart_id(orders)
        await orders.receive(changed(cart_id))
        address = {**ADDRESS, "line2": None, "postalCode": "20457", "region": ""}
        order = (await place(orders, cart_id, shippingAddress=address))["order"]
        assert order["shippingAddress"] == {**ADDRESS, "line2": None, "postalCode": "20457", "region": None}
