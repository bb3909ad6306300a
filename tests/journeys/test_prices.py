"""What a cart shows is what its order costs, also while prices change; what changes nothing changes no cart."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.buying import PLACE, order_input, register, watch
from tests.support.clients import GraphQLClient
from tests.support.invariants import check_invariants
from tests.support.mesh import Shop, open_shop
from tests.support.offering import offer_product
from tests.support.pricing import add_line, change_line, read_cart, set_prices, start_cart, step

PATIENCE = 20.0
TOTAL = """query ($id: ID!) { order(id: $id) { status total { minorUnits } subtotal { minorUnits } } }"""


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as shop:
        yield shop
        await shop.running.wait_until_idle()
        await check_invariants(shop.running)


async def open_for_two(shop: Shop) -> tuple[GraphQLClient, GraphQLClient, str]:
    """Staff, a new customer, and a variant that nobody else buys."""
    staff = await shop.login("admin@example.com")
    name = f"price-{uuid.uuid4().hex[:12]}"
    ada = await register(shop.client, f"{name}@prices.example")
    return staff, ada, await offer_product(staff, name)


async def order_as_shown(client: GraphQLClient, cart_id: str) -> tuple[int, int] | str:
    """What the cart showed and what its order costs; or the code of the refusal."""
    cart = await read_cart(client, cart_id)
    payload = (await client.data(PLACE, input=await order_input(client, cart)))["placeOrder"]
    if payload["errors"]:
        return str(payload["errors"][0]["code"])
    order = (await client.data(TOTAL, id=payload["order"]["id"]))["order"]
    assert order["subtotal"] == order["total"]
    return cart["total"]["minorUnits"], order["total"]["minorUnits"]


async def until(client: GraphQLClient, cart_id: str, is_right: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The cart as soon as it shows that."""
    async with asyncio.timeout(PATIENCE):
        while not is_right(cart := await read_cart(client, cart_id)):
            await asyncio.sleep(0.02)
    return cart


class TestWhatIsShown:
    async def test_is_what_an_order_costs(self, shop: Shop) -> None:
        staff, ada, variant = await open_for_two(shop)
        carts = [await add_line(ada, await start_cart(ada), variant) for _ in range(12)]
        outcomes = []
        for number, cart in enumerate(carts):
            await set_prices(staff, variant, 1000 + number)
            # Before, while and after the carts hear of it.
            await asyncio.sleep(0.02 * number)
            outcomes.append(await order_as_shown(ada, cart["id"]))
        ordered = [outcome for outcome in outcomes if not isinstance(outcome, str)]
        assert {outcome for outcome in outcomes if isinstance(outcome, str)} <= {"CART_CHANGED"}
        assert ordered
        assert all(shown == paid for shown, paid in ordered)

    async def test_can_be_ordered_as_soon_as_it_is_the_new_price(self, shop: Shop) -> None:
        """The one who waits for a lower price is not charged the higher one."""
        staff, ada, variant = await open_for_two(shop)
        for price in (5000, 1000, 9999, 10):
            cart = await add_line(ada, await start_cart(ada), variant)
            await set_prices(staff, variant, price)
            shown = await until(ada, cart["id"], lambda cart, price=price: cart["total"]["minorUnits"] == price)
            assert shown["revision"] > cart["revision"]
            assert await order_as_shown(ada, cart["id"]) == (price, price)

    async def test_of_an_archived_product_is_a_problem_or_can_be_ordered(self, shop: Shop) -> None:
        staff, ada, variant = await open_for_two(shop)
        carts = [await add_line(ada, await start_cart(ada), variant) for _ in range(3)]
        await step(staff, "archiveProduct", variant)
        try:
            for cart in carts[:2]:
                shown = await read_cart(ada, cart["id"])
                payload = (await ada.data(PLACE, input=await order_input(ada, shown)))["placeOrder"]
                refusals = [error["code"] for error in payload["errors"]]
                if shown["problems"]:
                    assert refusals == ["CART_NOT_ORDERABLE"]
                else:
                    assert refusals in ([], ["CART_CHANGED"])
            last = await until(ada, carts[2]["id"], lambda cart: bool(cart["problems"]))
            assert last["problems"] == [{"code": "NOT_FOR_SALE"}]
            assert await order_as_shown(ada, last["id"]) == "CART_NOT_ORDERABLE"
        finally:
            await step(staff, "publishProduct", variant)

    async def test_stays_with_a_cart_that_was_ordered(self, shop: Shop) -> None:
        staff, ada, variant = await open_for_two(shop)
        cart = await add_line(ada, await start_cart(ada), variant, 2)
        payload = (await ada.data(PLACE, input=await order_input(ada, cart)))["placeOrder"]
        assert payload["errors"] == []
        assert (await watch(ada, payload["order"]["id"]))[-1]["status"] == "CONFIRMED"
        ordered = await until(ada, cart["id"], lambda cart: cart["status"] == "CONVERTED")
        assert ordered["total"] == cart["total"]
        other = await add_line(ada, await start_cart(ada), variant)
        await set_prices(staff, variant, 777)
        await until(ada, other["id"], lambda cart: cart["total"]["minorUnits"] == 777)
        assert await read_cart(ada, cart["id"]) == ordered


class TestWhatChangesNothing:
    @pytest.mark.parametrize("name", ["the same price", "another currency", "no prices", "archive and publish"])
    async def test_refuses_no_order(self, shop: Shop, name: str) -> None:
        staff, ada, variant = await open_for_two(shop)
        cart = await add_line(ada, await start_cart(ada), variant)
        witness = await add_line(ada, await start_cart(ada), variant)
        changes: dict[str, Callable[[], Awaitable[Any]]] = {
            "the same price": lambda: set_prices(staff, variant, cart["total"]["minorUnits"]),
            "another currency": lambda: set_prices(staff, variant, 777, currency="USD"),
            "no prices": lambda: set_prices(staff, variant),
            "archive and publish": lambda: archive_and_publish(staff, variant),
        }
        await changes[name]()
        await asyncio.sleep(1.5)  # The job that announces carts with a new price runs each second.
        await shop.running.wait_until_idle()
        after = await read_cart(ada, cart["id"])
        if name != "archive and publish":
            assert (after["revision"], after["total"]) == (cart["revision"], cart["total"])
            payload = (await ada.data(PLACE, input=await order_input(ada, cart)))["placeOrder"]
            assert payload["errors"] == []
        # What is shown can be ordered in any case: between the two it may have been a problem of the cart.
        assert await order_as_shown(ada, witness["id"]) == (cart["total"]["minorUnits"], cart["total"]["minorUnits"])

    async def test_a_line_changed_to_its_quantity(self, shop: Shop) -> None:
        _, ada, variant = await open_for_two(shop)
        cart = await add_line(ada, await start_cart(ada), variant, 2)
        again = await change_line(ada, cart, 2)
        assert (again["revision"], again["total"]) == (cart["revision"], cart["total"])
        payload = (await ada.data(PLACE, input=await order_input(ada, cart)))["placeOrder"]
        assert payload["errors"] == []


async def archive_and_publish(staff: GraphQLClient, variant_id: str) -> None:
    await step(staff, "archiveProduct", variant_id)
    await step(staff, "publishProduct", variant_id)
