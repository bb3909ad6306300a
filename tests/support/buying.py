"""What a customer does, step by step, through the graph."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

from tests.support.clients import GraphQLClient

ADDRESS = {"name": "Ada", "line1": "1 Quay Street", "city": "Hamburg", "countryCode": "DE"}
PASSWORD = "a-long-password-1"

REGISTER = """mutation ($input: RegisterInput!) { register(input: $input) {
  accessToken user { id } errors { __typename ... on UserError { code message } } } }"""
BROWSE = """query ($search: String) { products(filter: { search: $search }) { edges { node { slug
  variants { id sku price(currency: "EUR") { current { minorUnits } } availability { available } } } } } }"""
AVAILABLE = "query ($id: ID!) { productVariant(id: $id) { availability { available } } }"
CREATE_CART = """mutation ($input: CreateCartInput!) { createCart(input: $input) {
  cart { id revision } guestToken errors { __typename ... on UserError { code message } } } }"""
ADD_LINE = """mutation ($input: AddCartLineInput!) { addCartLine(input: $input) {
  cart { id revision total { minorUnits } } errors { __typename ... on UserError { code message } } } }"""
ADD_METHOD = """mutation ($input: AddPaymentMethodInput!) { addPaymentMethod(input: $input) {
  paymentMethod { id expiresAt } errors { __typename ... on UserError { code message } } } }"""
PLACE = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
  order { id status } errors { __typename ... on UserError { code message } } } }"""
WATCH = """subscription ($id: ID!, $after: Int) { orderStatusChanged(orderId: $id, after: $after) {
  position status paymentStatus fulfilmentStatus reason order { number customer { name } payments { status } } } }"""

AnyClient = Any
"""A client of the graph, in this process or through a server."""

_numbers = itertools.count(1)


async def register(client: GraphQLClient, email: str, name: str = "Ada") -> GraphQLClient:
    """A new customer's client."""
    given = {"email": email, "password": PASSWORD, "name": name, "idempotencyKey": email}
    payload = (await client.data(REGISTER, input=given))["register"]
    assert payload["errors"] == []
    return client.as_(payload["accessToken"])


async def find_variant(client: GraphQLClient, sku: str) -> dict[str, Any]:
    found = await client.data(BROWSE, search=sku)
    variants = [variant for edge in found["products"]["edges"] for variant in edge["node"]["variants"]]
    return next(variant for variant in variants if variant["sku"] == sku)


async def available(client: GraphQLClient, variant_id: str) -> int:
    return (await client.data(AVAILABLE, id=variant_id))["productVariant"]["availability"]["available"]


async def fill_cart(client: GraphQLClient, variant_id: str, quantity: int = 1) -> dict[str, Any]:
    """A fresh cart with one line."""
    key = f"key-{next(_numbers)}"
    created = (await client.data(CREATE_CART, input={"currency": "EUR", "idempotencyKey": key}))["createCart"]
    assert created["errors"] == []
    line = {
        "cartId": created["cart"]["id"],
        "variantId": variant_id,
        "quantity": quantity,
        "idempotencyKey": key,
    }
    added = (await client.data(ADD_LINE, input=line))["addCartLine"]
    assert added["errors"] == []
    return added["cart"]


async def place_order(client: GraphQLClient, cart: dict[str, Any], token: str = "tok_visa") -> dict[str, Any]:
    """The pending order of the cart."""
    payload = (await client.data(PLACE, input=await order_input(client, cart, token)))["placeOrder"]
    assert payload["errors"] == []
    return payload["order"]


async def order_input(client: GraphQLClient, cart: dict[str, Any], token: str = "tok_visa") -> dict[str, Any]:
    """What orders the cart, paid by a payment method that is added for it."""
    return {
        "cartId": cart["id"],
        "expectedRevision": cart["revision"],
        "paymentMethodId": await add_payment_method(client, token),
        "shippingAddress": ADDRESS,
        "idempotencyKey": f"order-of-{cart['id']}",
    }


async def add_payment_method(client: AnyClient, token: str = "tok_visa", key: str = "") -> str:
    """The id of a new payment method of the customer; the same again for the same `key`."""
    given = {"token": token, "idempotencyKey": key or uuid.uuid4().hex}
    payload = (await client.data(ADD_METHOD, input=given))["addPaymentMethod"]
    assert payload["errors"] == []
    return str(payload["paymentMethod"]["id"])


async def watch(client: GraphQLClient, order_id: str, after: int = 0, until: str = "") -> list[dict[str, Any]]:
    """Every status from the position on, up to the first of CONFIRMED, CANCELLED or `until`."""
    seen = []
    stream = client.subscribe(WATCH, id=order_id, after=after)
    async for event in stream:
        change = event["orderStatusChanged"]
        seen.append(change)
        if change["status"] in {"CONFIRMED", "CANCELLED", until}:
            break
    await stream.aclose()
    return seen
