"""The operations of schema/operations, sent in the order of a purchase: each is answered without an error.

None costs more than ten times what it was estimated to cost.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from entrepot.wiring.protection import DEMAND
from tests.support.buying import ADDRESS, PASSWORD
from tests.support.clients import GraphQLClient
from tests.support.mesh import Shop, open_shop
from tests.support.tree import ROOT

FOLDER = ROOT / "schema" / "operations"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, demand_control=replace(DEMAND, expose="on")) as shop:
        yield shop


class Storefront:
    """Sends published operations, and remembers which."""

    def __init__(self, client: GraphQLClient) -> None:
        self.client = client
        self.sent: set[str] = set()

    async def send(self, name: str, **variables: Any) -> Any:
        """The only root field of the operation, which must have no errors in it."""
        self.sent.add(name)
        response = await self.client.send((FOLDER / f"{name}.graphql").read_text(), variables)
        assert "errors" not in response, response["errors"]
        cost = response["extensions"]["cost"]
        assert 10 * cost["estimate"] >= cost["actual"] > 0, cost
        (field,) = response["data"].values()
        assert not (isinstance(field, dict) and field.get("errors")), field
        return field

    async def follow(self, order_id: str) -> list[str]:
        self.sent.add("OrderStatus")
        seen = []
        stream = self.client.subscribe((FOLDER / "OrderStatus.graphql").read_text(), orderId=order_id)
        async for event in stream:
            seen.append(event["orderStatusChanged"]["status"])
            if seen[-1] in {"CONFIRMED", "CANCELLED"}:
                break
        await stream.aclose()
        return seen


async def test_a_purchase_with_every_published_operation(shop: Shop) -> None:
    store = Storefront(shop.client)
    categories = await store.send("Categories")
    page = await store.send("CategoryPage", id=categories[0]["id"])
    assert page["id"] == categories[0]["id"]
    product = (await store.send("BrowseProducts", first=1))["edges"][0]["node"]
    assert (await store.send("ProductPage", slug=product["slug"]))["variants"]
    found = await store.send("SearchProducts", search=product["name"])
    assert product["id"] in [edge["node"]["id"] for edge in found["edges"]]

    created = await store.send("CreateCart", idempotencyKey="cart-1")
    cart, secret = created["cart"]["id"], created["guestToken"]
    variant = product["variants"][0]["id"]
    line = {"cartId": cart, "variantId": variant, "guestToken": secret}
    added = (await store.send("AddCartLine", **line, idempotencyKey="line-1"))["cart"]
    changed = {"cartId": cart, "lineId": added["lines"][0]["id"], "guestToken": secret}
    await store.send("ChangeCartLine", **changed, quantity=2)
    assert (await store.send("CartPage", id=cart, guestToken=secret))["lines"][0]["quantity"] == 2
    assert (await store.send("RemoveCartLine", **changed))["cart"]["lines"] == []

    who = {"email": "new@journey.example", "password": PASSWORD}
    await store.send("Register", input={**who, "name": "New", "idempotencyKey": "register-1"})
    tokens = await store.send("Login", input=who)
    store.client = store.client.as_((await store.send("Refresh", refreshToken=tokens["refreshToken"]))["accessToken"])
    mine = (await store.send("CreateCart", idempotencyKey="cart-2"))["cart"]["id"]
    filled = (await store.send("AddCartLine", cartId=mine, variantId=variant, idempotencyKey="line-2"))["cart"]
    method = (await store.send("AddPaymentMethod", token="tok_visa", idempotencyKey="card-1"))["paymentMethod"]["id"]
    placing = {"cartId": mine, "expectedRevision": filled["revision"], "paymentMethodId": method}
    given = {**placing, "shippingAddress": ADDRESS, "idempotencyKey": "order-1"}
    order = (await store.send("PlaceOrder", input=given))["order"]
    statuses = await store.follow(order["id"])
    assert (statuses[0], statuses[-1]) == ("PENDING", "CONFIRMED")
    assert (await store.send("OrderPage", id=order["id"]))["status"] == "CONFIRMED"
    mine = await store.send("OrdersAcrossDomains")
    (number,) = [edge["node"]["number"] for edge in mine["orders"]["edges"]]
    assert number.startswith("EP-")

    assert store.sent == {path.stem for path in FOLDER.glob("*.graphql")}
