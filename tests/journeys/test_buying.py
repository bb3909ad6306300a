"""From registering to a confirmed order, and what happens when it cannot be had or paid."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.buying import available, fill_cart, find_variant, place_order, register, watch
from tests.support.clients import GraphQLClient
from tests.support.invariants import check_invariants
from tests.support.mesh import Shop, open_shop

SKU = "PRESS-DOCK-1L"
CANCEL = """mutation ($id: ID!) { cancelOrder(input: { orderId: $id }) {
  order { status } errors { ... on UserError { code } } } }"""


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as shop:
        yield shop
        await shop.running.wait_until_idle()
        await check_invariants(shop.running)


class TestBuying:
    async def test_from_registering_to_a_confirmed_order(self, shop: Shop) -> None:
        ada = await register(shop.client, "ada@journey.example")
        variant = await find_variant(ada, SKU)
        cart = await fill_cart(ada, variant["id"], 2)
        assert cart["total"]["minorUnits"] == 2 * variant["price"]["current"]["minorUnits"]
        order = await place_order(ada, cart)
        assert order["status"] == "PENDING"
        changes = await watch(ada, order["id"])
        assert [
            (change["position"], change["status"], change["fulfilmentStatus"], change["paymentStatus"])
            for change in changes
        ] == [
            (1, "PENDING", "UNFULFILLED", "NONE"),
            (2, "PENDING", "ALLOCATED", "NONE"),
            (3, "PENDING", "ALLOCATED", "AUTHORIZED"),
            (4, "CONFIRMED", "ALLOCATED", "AUTHORIZED"),
        ]
        assert changes[0]["order"]["number"].startswith("EP-")
        assert changes[-1]["order"] == {
            "number": changes[0]["order"]["number"],
            "customer": {"name": "Ada"},
            "payments": [{"status": "AUTHORIZED"}],
        }
        assert await available(ada, variant["id"]) == variant["availability"]["available"] - 2

    async def test_a_stream_goes_on_where_another_broke_off(self, shop: Shop) -> None:
        ada = await register(shop.client, "ada@journey.example")
        variant = await find_variant(ada, SKU)
        order = await place_order(ada, await fill_cart(ada, variant["id"]))
        changes = await watch(ada, order["id"])
        again = await watch(ada, order["id"], after=changes[1]["position"])
        assert [change["position"] for change in again] == [3, 4]

    async def test_a_declined_card_gives_the_stock_back(self, shop: Shop) -> None:
        ada = await register(shop.client, "ada@journey.example")
        variant = await find_variant(ada, SKU)
        order = await place_order(ada, await fill_cart(ada, variant["id"], 5), "tok_declined")
        changes = await watch(ada, order["id"])
        assert changes[-1]["status"] == "CANCELLED"
        assert changes[-1]["reason"] == "CARD_DECLINED"
        assert changes[-1]["order"]["payments"] == [{"status": "FAILED"}]
        assert await available(ada, variant["id"]) == variant["availability"]["available"]


class TestCancelling:
    async def test_a_confirmed_order_is_released_and_cancelled(self, shop: Shop) -> None:
        ada = await register(shop.client, "ada@journey.example")
        variant = await find_variant(ada, SKU)
        order = await place_order(ada, await fill_cart(ada, variant["id"], 3))
        await watch(ada, order["id"])
        assert await available(ada, variant["id"]) == variant["availability"]["available"] - 3
        assert await read_transitions(ada, order["id"]) == ["CANCELLING"]
        payload = (await ada.data(CANCEL, id=order["id"]))["cancelOrder"]
        assert payload == {"order": {"status": "CANCELLING"}, "errors": []}
        changes = await watch(ada, order["id"], after=4)
        assert [
            (change["status"], change["fulfilmentStatus"], change["paymentStatus"], change["reason"])
            for change in changes
        ] == [
            ("CANCELLING", "ALLOCATED", "AUTHORIZED", None),
            ("CANCELLING", "UNFULFILLED", "AUTHORIZED", None),
            ("CANCELLED", "UNFULFILLED", "NONE", "REQUESTED"),
        ]
        assert changes[-1]["order"]["payments"] == [{"status": "VOIDED"}]
        assert await read_transitions(ada, order["id"]) == []
        await shop.running.wait_until_idle()
        assert await available(ada, variant["id"]) == variant["availability"]["available"]

    async def test_who_asks_again_gets_the_order_that_is_being_cancelled(self, shop: Shop) -> None:
        ada = await register(shop.client, "ada@journey.example")
        variant = await find_variant(ada, SKU)
        order = await place_order(ada, await fill_cart(ada, variant["id"]))
        await watch(ada, order["id"])
        asked = await asyncio.gather(*(ada.data(CANCEL, id=order["id"]) for _ in range(5)))
        await watch(ada, order["id"], after=4)
        last = (await ada.data(CANCEL, id=order["id"]))["cancelOrder"]
        assert [error["code"] for error in last["errors"]] == ["INVALID_TRANSITION"]
        answered = [each["cancelOrder"] for each in asked]
        assert all(each["order"] or each["errors"] == last["errors"] for each in answered)
        assert any(each["order"] for each in answered)


class TestTheLastTen:
    async def test_a_hundred_customers_get_ten_pieces(self, shop: Shop) -> None:
        staff = await shop.login("staff@example.com")
        variant = await find_variant(staff, SKU)
        await set_stock(staff, variant["id"], 10)
        customers = [await register(shop.client, f"buyer{number}@journey.example") for number in range(100)]
        carts = [await fill_cart(customer, variant["id"]) for customer in customers]

        async def buy(customer: GraphQLClient, cart: dict[str, object]) -> tuple[str, str | None]:
            order = await place_order(customer, cart)
            last = (await watch(customer, order["id"]))[-1]
            return last["status"], last["reason"]

        ends = Counter(await asyncio.gather(*map(buy, customers, carts)))
        assert ends == {("CONFIRMED", None): 10, ("CANCELLED", "OUT_OF_STOCK"): 90}
        assert await available(staff, variant["id"]) == 0


async def read_transitions(client: GraphQLClient, order_id: str) -> list[str]:
    found = await client.data("query ($id: ID!) { order(id: $id) { allowedTransitions } }", id=order_id)
    transitions: list[str] = found["order"]["allowedTransitions"]
    return transitions


async def set_stock(staff: GraphQLClient, variant_id: str, pieces: int) -> None:
    """Bring the pieces that can be promised to that number."""
    locations = await staff.data("{ locations { edges { node { id } } } }")
    change = {
        "variantId": variant_id,
        "locationId": locations["locations"]["edges"][0]["node"]["id"],
        "delta": pieces - await available(staff, variant_id),
        "reason": "for the test",
        "idempotencyKey": f"set-{pieces}",
    }
    payload = await staff.data(
        """mutation ($input: AdjustStockInput!) { adjustStock(input: $input) {
          errors { __typename ... on UserError { code message } } } }""",
        input=change,
    )
    assert payload["adjustStock"]["errors"] == []
