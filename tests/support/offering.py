"""What staff does, step by step, through the graph until a product can be bought."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.support.clients import GraphQLClient

_ERRORS = "errors { __typename ... on UserError { code message } }"
_STEPS = {
    "createCategory": "category { id }",
    "createProduct": "product { id }",
    "createProductVariant": "variant { id }",
    "setProductVariantPrices": "variant { id }",
    "publishProduct": "product { id }",
    "createLocation": "location { id }",
    "adjustStock": "movement { id }",
}
_PIECES = 1_000
_PATIENCE = 30.0
_LOOK = 0.1
PRICE = 1250
_PRICE = {"amount": {"minorUnits": PRICE, "currency": "EUR"}}


async def offer_product(staff: GraphQLClient, name: str) -> str:
    """A published product in a new category, whose one variant lies at a new location; the variant's id."""
    named = {"name": name, "slug": name, "idempotencyKey": name}
    parent = (await staff.data("{ categories { id } }"))["categories"][0]["id"]
    category = await perform(staff, "createCategory", **named, parentId=parent)
    product = await perform(staff, "createProduct", **named, description="For the test.", categoryId=category)
    given = {"productId": product, "sku": name.upper(), "name": name, "prices": [_PRICE], "idempotencyKey": name}
    variant = await perform(staff, "createProductVariant", **given)
    await perform(staff, "setProductVariantPrices", variantId=variant, prices=[_PRICE])
    await perform(staff, "publishProduct", productId=product)
    location = await perform(staff, "createLocation", code=name, name=name, idempotencyKey=name)
    stock = {"variantId": variant, "locationId": location, "delta": _PIECES, "reason": "A delivery."}
    # Inventory hears of the variant a moment after the catalog has answered.
    async with asyncio.timeout(_PATIENCE):
        while (await send(staff, "adjustStock", **stock, idempotencyKey=name))["errors"]:
            await asyncio.sleep(_LOOK)
    return variant


async def perform(staff: GraphQLClient, step: str, **given: Any) -> Any:
    """The id of what the step made or changed."""
    payload = await send(staff, step, **given)
    assert payload["errors"] == [], (step, payload)
    return next(value for key, value in payload.items() if key != "errors" and value).get("id")


async def send(staff: GraphQLClient, step: str, **given: Any) -> dict[str, Any]:
    """The payload of the step."""
    kind = step[0].upper() + step[1:]
    document = f"mutation ($input: {kind}Input!) {{ {step}(input: $input) {{ {_STEPS[step]} {_ERRORS} }} }}"
    payload: dict[str, Any] = (await staff.data(document, input=given))[step]
    return payload
