"""The goods brought into our shop by an administrator, through its graph."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from benchmarks.shop.goods import Goods, Product

Execute = Callable[[str, Mapping[str, Any], str | None], Awaitable[dict[str, Any]]]
"""Runs a document with variables and an access token, or without one; returns the data of the response."""

ADMIN: Final = {"email": "admin@bench.example", "password": "a-long-password-1"}
ENVIRON: Final = {
    "ENTREPOT_ACCOUNTS_FIRST_ADMIN_EMAIL": ADMIN["email"],
    "ENTREPOT_ACCOUNTS_FIRST_ADMIN_PASSWORD": ADMIN["password"],
    # All buyers come from one address.
    "ENTREPOT_ACCOUNTS_ATTEMPTS_BY_ADDRESS": "1000000",
    "ENTREPOT_ACCOUNTS_ATTEMPTS_IN_ALL": "1000000",
    "ENTREPOT_CARTS_GUEST_CARTS_BY_ADDRESS": "1000000",
    "ENTREPOT_CARTS_GUEST_CARTS_IN_ALL": "1000000",
}
_AT_ONCE: Final = 8
_LOOKS, _PAUSE = 200, 0.1
_ERRORS: Final = "errors { __typename ... on UserError { code message } }"
_LOGIN: Final = f"mutation ($input: LoginInput!) {{ login(input: $input) {{ accessToken {_ERRORS} }} }}"
_LOCATION: Final = f"""mutation ($input: CreateLocationInput!) {{ createLocation(input: $input) {{
  location {{ id }} {_ERRORS} }} }}"""
_PRODUCT: Final = f"""mutation ($input: CreateProductInput!) {{ createProduct(input: $input) {{
  product {{ id }} {_ERRORS} }} }}"""
_VARIANT: Final = f"""mutation ($input: CreateProductVariantInput!) {{ createProductVariant(input: $input) {{
  variant {{ id }} {_ERRORS} }} }}"""
_PUBLISH: Final = f"mutation ($input: PublishProductInput!) {{ publishProduct(input: $input) {{ {_ERRORS} }} }}"
_STOCK: Final = f"mutation ($input: AdjustStockInput!) {{ adjustStock(input: $input) {{ {_ERRORS} }} }}"


class NotStocked(Exception):
    """The shop refused some of the goods."""


async def stock(execute: Execute, goods: Goods) -> None:
    """Bring the goods into an empty shop; raises NotStocked."""
    token = (await _insist(execute, _LOGIN, ADMIN, None, "INVALID_CREDENTIALS"))["accessToken"]
    place = {"code": "main", "name": "Main", "idempotencyKey": "main"}
    location = (await _perform(execute, _LOCATION, place, token))["location"]["id"]
    gate = asyncio.Semaphore(_AT_ONCE)
    # One after the other: their ids must be in the order of the goods.
    ids = [await _create(execute, token, product) for product in goods.products]

    async def fill(product: Product, product_id: str) -> None:
        async with gate:
            await _fill(execute, token, location, product, product_id)

    await asyncio.gather(*map(fill, goods.products, ids))


async def _create(execute: Execute, token: str, product: Product) -> str:
    given = {"name": product.name, "slug": product.slug, "description": product.description}
    created = await _perform(execute, _PRODUCT, {**given, "idempotencyKey": product.slug}, token)
    return str(created["product"]["id"])


async def _fill(execute: Execute, token: str, location: str, product: Product, product_id: str) -> None:
    variants: dict[str, int] = {}
    for item in product.variants:
        price = {"amount": {"minorUnits": item.price, "currency": "EUR"}}
        given = {"productId": product_id, "sku": item.sku, "name": item.name, "prices": [price]}
        created = await _perform(execute, _VARIANT, {**given, "idempotencyKey": item.sku}, token)
        variants[created["variant"]["id"]] = item.stock
    await _perform(execute, _PUBLISH, {"productId": product_id}, token)
    for variant, count in variants.items():
        given = {"variantId": variant, "locationId": location, "delta": count, "reason": "A delivery."}
        await _insist(execute, _STOCK, {**given, "idempotencyKey": variant}, token, "NOT_FOUND")


async def _insist(
    execute: Execute, document: str, given: Mapping[str, Any], token: str | None, passing: str
) -> dict[str, Any]:
    """Repeat a mutation while its refusal is of that code.

    The administrator comes a moment after the start, and inventory hears of a variant a moment after the catalog.
    """
    for _ in range(_LOOKS):
        try:
            return await _perform(execute, document, given, token)
        except NotStocked as refused:
            if passing not in str(refused):
                raise
            await asyncio.sleep(_PAUSE)
    return await _perform(execute, document, given, token)


async def _perform(execute: Execute, document: str, given: Mapping[str, Any], token: str | None) -> dict[str, Any]:
    (payload,) = (await execute(document, {"input": given}, token)).values()
    if payload["errors"]:
        raise NotStocked(f"The shop refused {given}: {payload['errors']}")
    result: dict[str, Any] = payload
    return result
