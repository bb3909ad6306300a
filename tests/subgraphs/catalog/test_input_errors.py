"""An input with every field wrong: one error for each of them, with its path, whatever the mutation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from entrepot.subgraphs.catalog.api.mutations import MUTATIONS
from tests.support.catalog import Catalog
from tests.support.subgraphs import open_subgraph

NAME = "x" * 201
IMAGES = [{"url": "cup.svg", "altText": " "}, {"url": "/cup.svg", "altText": "x" * 251}]
NEGATIVE = {"minorUnits": -1, "currency": "EUR"}
PRICES = [
    {"amount": NEGATIVE, "compareAt": NEGATIVE, "channel": "No Channel"},
    {"amount": {"minorUnits": 500, "currency": "EUR"}},
    {
        "amount": {"minorUnits": 500, "currency": "EUR"},
        "compareAt": {"minorUnits": 900, "currency": "USD"},
        "channel": "b2b",
    },
]
PRICE_PATHS = ["prices.0.channel", "prices.0.amount", "prices.0.compareAt", "prices.2.compareAt"]
KEY = "x" * 256

BAD_INPUT: Final[tuple[tuple[str, dict[str, Any], list[str]], ...]] = (
    (
        "createCategory",
        {"name": NAME, "slug": "No Slug", "parentId": "cat_none", "image": IMAGES[0], "idempotencyKey": KEY},
        ["name", "slug", "image.url", "image.altText", "idempotencyKey"],
    ),
    (
        "createProduct",
        {
            "name": NAME,
            "slug": "No Slug",
            "description": "x" * 20_001,
            "categoryId": "cat_none",
            "images": IMAGES,
            "idempotencyKey": KEY,
        },
        ["name", "slug", "description", "images.0.url", "images.0.altText", "images.1.altText", "idempotencyKey"],
    ),
    (
        "createProduct",
        {"name": " ", "slug": "-", "images": IMAGES * 11, "idempotencyKey": ""},
        ["name", "slug", "images", "idempotencyKey"],
    ),
    (
        "createProductVariant",
        {
            "productId": "prd_none",
            "sku": NAME,
            "name": NAME,
            "prices": PRICES,
            "attributes": [{"name": "", "value": ""}],
            "idempotencyKey": KEY,
        },
        ["name", "sku", "attributes", *PRICE_PATHS, "idempotencyKey"],
    ),
    (
        "createProductVariant",
        {"productId": "prd_none", "sku": " ", "name": " ", "prices": PRICES * 67, "idempotencyKey": "\n"},
        ["name", "sku", "prices", "idempotencyKey"],
    ),
    ("setProductVariantPrices", {"variantId": "var_none", "prices": PRICES}, PRICE_PATHS),
)
"""What is wrong in itself is said without looking for what the ids refer to."""

UNKNOWN_IDS: Final[tuple[tuple[str, dict[str, Any], str], ...]] = (
    ("createCategory", {"name": "Cups", "slug": "cups", "parentId": "cat_none", "idempotencyKey": "k"}, "parentId"),
    ("createProduct", {"name": "Cup", "slug": "cup", "categoryId": "cat_none", "idempotencyKey": "k"}, "categoryId"),
    (
        "createProductVariant",
        {"productId": "prd_none", "sku": "CUP-1", "name": "Cup", "prices": [], "idempotencyKey": "k"},
        "productId",
    ),
    ("setProductVariantPrices", {"variantId": "var_none", "prices": []}, "variantId"),
    ("publishProduct", {"productId": "prd_none"}, "productId"),
    ("archiveProduct", {"productId": "prd_none"}, "productId"),
)


@pytest.fixture
async def catalog(tmp_path: Path, database_url: str | None) -> AsyncIterator[Catalog]:
    async with open_subgraph("catalog", tmp_path, url=database_url) as subgraph:
        yield Catalog(subgraph)


@pytest.mark.parametrize(("name", "given", "paths"), BAD_INPUT)
async def test_every_wrong_field_is_an_error_with_its_path(
    catalog: Catalog, name: str, given: dict[str, Any], paths: list[str]
) -> None:
    errors = (await catalog.call(name, given))["errors"]
    assert [".".join(error["path"]) for error in errors] == paths
    assert {error["code"] for error in errors} == {"BAD_USER_INPUT"}


@pytest.mark.parametrize(("name", "given", "field"), UNKNOWN_IDS)
async def test_an_id_of_nothing_is_an_error_with_its_path(
    catalog: Catalog, name: str, given: dict[str, Any], field: str
) -> None:
    errors = (await catalog.call(name, given))["errors"]
    assert [(error["code"], error["path"]) for error in errors] == [("NOT_FOUND", [field])]


def test_every_mutation_is_in_the_tables() -> None:
    names = {declaration.name for declaration in MUTATIONS}
    assert {name for name, _, _ in UNKNOWN_IDS} == names
    # The others take an id alone.
    assert {name for name, _, _ in BAD_INPUT} == names - {"publishProduct", "archiveProduct"}
