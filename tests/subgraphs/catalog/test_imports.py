"""Products taken over as a whole: for sale at once, announced once, or refused as a whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from entrepot.shared.errors import DomainError
from entrepot.shared.events.contracts.catalog import VariantChanged
from entrepot.shared.money import Money
from entrepot.subgraphs.catalog.images import ProductImage
from entrepot.subgraphs.catalog.imports import VariantDraft, import_product
from entrepot.subgraphs.catalog.prices import Price
from entrepot.subgraphs.catalog.service import CreateProduct
from tests.support.subgraphs import STAFF, SubgraphUnderTest, open_subgraph

PRICES = [Price(Money(900, "EUR"), Money(1200, "EUR")), Price(Money(990, "USD"))]
SMALL = VariantDraft("CUP-S", "Small", PRICES, {"size": "S"})
LARGE = VariantDraft("CUP-L", "Large", PRICES[:1], {"size": "L"})


@pytest.fixture
async def catalog(tmp_path: Path, database_url: str | None) -> AsyncIterator[SubgraphUnderTest]:
    environ = {"ENTREPOT_CATALOG_MAX_VARIANTS_PER_PRODUCT": "2"}
    async with open_subgraph("catalog", tmp_path, url=database_url, environ=environ) as subgraph:
        yield subgraph


async def release_stale_leases(catalog: SubgraphUnderTest, slug: str, *variants: VariantDraft) -> None:
    command = CreateProduct(
        name=slug.title(), slug=slug, description="A cup", is_featured=True, images=(ProductImage("/cup.svg", "A cup"),)
    )
    async with catalog.transactions.begin() as unit:
        await import_product(unit, command, variants)


async def list_products(catalog: SubgraphUnderTest, search: str = "") -> list[Any]:
    found = await catalog.execute(
        """query ($search: String) { products(filter: { search: $search }) { edges { node {
          slug status isFeatured images { url } variants {
            sku attributes { name value } prices { current { minorUnits } compareAt { minorUnits } } } } } } }""",
        STAFF,
        search=search,
    )
    return [edge["node"] for edge in found["data"]["products"]["edges"]]


async def test_it_is_for_sale_with_all_its_variants(catalog: SubgraphUnderTest) -> None:
    await release_stale_leases(catalog, "cup", SMALL, LARGE)
    (product,) = await list_products(catalog, "cup-l")
    assert (product["slug"], product["status"], product["isFeatured"]) == ("cup", "ACTIVE", True)
    assert product["images"] == [{"url": "/cup.svg"}]
    small, large = product["variants"]
    assert (small["sku"], small["attributes"]) == ("CUP-S", [{"name": "size", "value": "S"}])
    assert small["prices"] == [
        {"current": {"minorUnits": 900}, "compareAt": {"minorUnits": 1200}},
        {"current": {"minorUnits": 990}, "compareAt": None},
    ]
    assert large["sku"] == "CUP-L"


async def test_each_variant_is_announced_once_as_sellable(catalog: SubgraphUnderTest) -> None:
    await release_stale_leases(catalog, "cup", SMALL, LARGE)
    events = [event for event in await catalog.published() if isinstance(event, VariantChanged)]
    assert sorted((event.sku, event.is_sellable, event.revision, len(event.prices)) for event in events) == [
        ("CUP-L", True, 1, 1),
        ("CUP-S", True, 1, 2),
    ]


@pytest.mark.parametrize(
    ("variants", "code"),
    [
        ([], "NOT_SELLABLE"),
        ([replace(SMALL, prices=[])], "NOT_SELLABLE"),
        ([SMALL, SMALL], "NAME_TAKEN"),
        ([replace(SMALL, sku="TAKEN")], "NAME_TAKEN"),
        ([replace(SMALL, sku=" ")], "BAD_USER_INPUT"),
        ([replace(SMALL, name="")], "BAD_USER_INPUT"),
        ([replace(SMALL, attributes={"": "S"})], "BAD_USER_INPUT"),
        ([replace(SMALL, prices=[Price(Money(-1, "EUR"))])], "BAD_USER_INPUT"),
        ([SMALL, LARGE, replace(SMALL, sku="CUP-M")], "BAD_USER_INPUT"),
    ],
)
async def test_what_is_wrong_in_one_variant_refuses_all(
    catalog: SubgraphUnderTest, variants: list[VariantDraft], code: str
) -> None:
    await release_stale_leases(catalog, "other", replace(SMALL, sku="TAKEN"))
    await catalog.published()
    with pytest.raises(DomainError) as refused:
        await release_stale_leases(catalog, "cup", *variants)
    assert refused.value.code == code
    assert [product["slug"] for product in await list_products(catalog)] == ["other"]
    assert await catalog.published() == []
