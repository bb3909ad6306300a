"""Prices as staff sets them, and carts as customers see them, step by step through the graph."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any, Final

from tests.support.clients import GraphQLClient

_PATIENCE: Final = 30.0
_LOOK: Final = 0.1
_ERRORS: Final = "errors { __typename ... on UserError { code message } }"
_SHOWN: Final = """id revision status total { minorUnits } problems { code }
  lines { id quantity unitPrice { minorUnits } }"""
_CART: Final = f"cart {{ {_SHOWN} }}"


async def _send(client: GraphQLClient, field: str, shown: str, given: dict[str, Any]) -> Any:
    kind = f"{field[0].upper()}{field[1:]}Input"
    document = f"mutation ($input: {kind}!) {{ {field}(input: $input) {{ {shown} {_ERRORS} }} }}"
    return (await client.data(document, input=given))[field]


async def _mutate(client: GraphQLClient, field: str, shown: str, given: dict[str, Any]) -> Any:
    payload = await _send(client, field, shown, given)
    assert payload["errors"] == [], (field, payload)
    return payload


async def set_prices(staff: GraphQLClient, variant_id: str, *amounts: int, currency: str = "EUR") -> None:
    """Set the price, or none at all."""
    prices = [{"amount": {"minorUnits": amount, "currency": currency}} for amount in amounts]
    await _mutate(staff, "setProductVariantPrices", "variant { id }", {"variantId": variant_id, "prices": prices})


async def step(staff: GraphQLClient, field: str, variant_id: str) -> None:
    """`archiveProduct` or `publishProduct` of the variant's product."""
    found = await staff.data("query ($id: ID!) { productVariant(id: $id) { product { id } } }", id=variant_id)
    await _mutate(staff, field, "product { id }", {"productId": found["productVariant"]["product"]["id"]})


async def start_cart(client: GraphQLClient) -> str:
    given = {"currency": "EUR", "idempotencyKey": uuid.uuid4().hex}
    return str((await _mutate(client, "createCart", _CART, given))["cart"]["id"])


async def add_line(client: GraphQLClient, cart_id: str, variant_id: str, quantity: int = 1) -> dict[str, Any]:
    """The cart with so many more of the variant, which carts may not have heard of yet."""
    given = {"cartId": cart_id, "variantId": variant_id, "quantity": quantity, "idempotencyKey": uuid.uuid4().hex}
    async with asyncio.timeout(_PATIENCE):
        while (payload := await _send(client, "addCartLine", _CART, given))["errors"]:
            assert payload["errors"][0]["code"] in {"NOT_FOUND", "NOT_FOR_SALE"}
            await asyncio.sleep(_LOOK)
    cart: dict[str, Any] = payload["cart"]
    return cart


async def change_line(client: GraphQLClient, cart: dict[str, Any], quantity: int) -> dict[str, Any]:
    """The cart with so many of its first line."""
    given = {"cartId": cart["id"], "lineId": cart["lines"][0]["id"], "quantity": quantity}
    changed: dict[str, Any] = (await _mutate(client, "changeCartLine", _CART, given))["cart"]
    return changed


async def read_cart(client: GraphQLClient, cart_id: str) -> dict[str, Any]:
    document = f"query ($id: ID!) {{ cart(id: $id) {{ {_SHOWN} }} }}"
    found: dict[str, Any] = (await client.data(document, id=cart_id))["cart"]
    return found
