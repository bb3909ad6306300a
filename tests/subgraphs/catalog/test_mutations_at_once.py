"""Every mutation of the catalog six times at once: what comes out is what some order of them would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from entrepot.subgraphs.catalog.api.mutations import MUTATIONS
from tests.support.catalog import OK, Catalog, Given, category, count_outcomes, prices, product, variant
from tests.support.subgraphs import STAFF, open_subgraph

CALLS: Final = 6
CURRENCIES: Final = ("CHF", "GBP", "JPY", "PLN", "SEK", "USD")
MAX_VARIANTS: Final = 8


@pytest.fixture
async def catalog(tmp_path: Path, database_url: str | None) -> AsyncIterator[Catalog]:
    environ = {"ENTREPOT_CATALOG_MAX_VARIANTS_PER_PRODUCT": str(MAX_VARIANTS)}
    async with open_subgraph("catalog", tmp_path, url=database_url, environ=environ) as subgraph:
        yield Catalog(subgraph)


SameKey = Callable[[Catalog], Awaitable[Given]]


async def _category_below(catalog: Catalog) -> Given:
    parent_id = await catalog.made("createCategory", category("kitchen", key="kitchen"))
    return category("cups", key="same", parentId=parent_id)


async def _first_product(_catalog: Catalog) -> Given:
    return product("cup", key="same")


async def _variant_of_product(catalog: Catalog) -> Given:
    return variant(await catalog.product(), "CUP-1", key="same")


SAME_KEY: Final[dict[str, SameKey]] = {
    "createCategory": _category_below,
    "createProduct": _first_product,
    "createProductVariant": _variant_of_product,
}


@pytest.mark.parametrize("name", SAME_KEY)
async def test_the_same_key_at_once_makes_one_object(catalog: Catalog, name: str) -> None:
    given = await SAME_KEY[name](catalog)
    payloads = await catalog.call_at_once(*[(name, given)] * CALLS)
    assert payloads[0]["errors"] == []
    assert payloads == [payloads[0]] * CALLS
    # The slug or SKU is taken, and by the object that all of them returned.
    again = await catalog.call(name, {**given, "idempotencyKey": "other"})
    assert [error["code"] for error in again["errors"]] == ["NAME_TAKEN"]
    assert await catalog.call(name, given) == payloads[0]
    await catalog.check_events()


async def create_category_of_one_slug(catalog: Catalog) -> None:
    payloads = await catalog.call_at_once(
        *(("createCategory", category("cups", key=f"{number}")) for number in range(CALLS))
    )
    assert count_outcomes(payloads) == {OK: 1, ("NAME_TAKEN", "slug"): CALLS - 1}
    found = await catalog.subgraph.execute("{ categories { id slug } }", STAFF)
    assert found["data"]["categories"] == [payload["category"] for payload in payloads if payload["category"]]


async def create_product_of_one_slug(catalog: Catalog) -> None:
    payloads = await catalog.call_at_once(
        *(("createProduct", product("cup", key=f"{number}")) for number in range(CALLS))
    )
    assert count_outcomes(payloads) == {OK: 1, ("NAME_TAKEN", "slug"): CALLS - 1}
    (made,) = [payload["product"]["id"] for payload in payloads if payload["product"]]
    assert [node["id"] for node in await catalog.list_products()] == [made]


async def create_products_as_the_first_ones(catalog: Catalog) -> None:
    slugs = [f"cup-{number}" for number in range(CALLS)]
    payloads = await catalog.call_at_once(*(("createProduct", product(slug, key=slug)) for slug in slugs))
    assert count_outcomes(payloads) == {OK: CALLS}
    assert sorted(node["slug"] for node in await catalog.list_products()) == slugs


async def create_variant_of_one_sku(catalog: Catalog) -> None:
    product_id = await catalog.product()
    payloads = await catalog.call_at_once(
        *(("createProductVariant", variant(product_id, "CUP-1", key=f"{number}")) for number in range(CALLS))
    )
    assert count_outcomes(payloads) == {OK: 1, ("NAME_TAKEN", "sku"): CALLS - 1}
    (made,) = [payload["variant"]["id"] for payload in payloads if payload["variant"]]
    (node,) = await catalog.list_products()
    assert [found["id"] for found in node["variants"]] == [made]


async def create_variants_of_one_product(catalog: Catalog) -> None:
    product_id = await catalog.product()
    skus = [f"CUP-{number}" for number in range(MAX_VARIANTS)]
    payloads = await catalog.call_at_once(
        *(("createProductVariant", variant(product_id, sku, key=sku)) for sku in skus)
    )
    assert count_outcomes(payloads) == {OK: MAX_VARIANTS}
    (node,) = await catalog.list_products()
    assert sorted(found["sku"] for found in node["variants"]) == skus
    assert [len(await catalog.list_products(sku)) for sku in skus] == [1] * MAX_VARIANTS


async def create_more_variants_than_a_product_can_have(catalog: Catalog) -> None:
    product_id = await catalog.product()
    for number in range(MAX_VARIANTS - 2):
        await catalog.variant(product_id, f"OLD-{number}")
    payloads = await catalog.call_at_once(
        *(("createProductVariant", variant(product_id, f"NEW-{number}", key=f"{number}")) for number in range(CALLS))
    )
    assert count_outcomes(payloads) == {OK: 2, ("BAD_USER_INPUT", None): CALLS - 2}
    (node,) = await catalog.list_products()
    made = {payload["variant"]["sku"] for payload in payloads if payload["variant"]}
    assert {found["sku"] for found in node["variants"]} == made | {f"OLD-{number}" for number in range(6)}


async def set_a_price_of_a_new_currency(catalog: Catalog) -> None:
    variant_id = await catalog.variant(await catalog.product())
    wanted = [{"variantId": variant_id, "prices": prices(USD=600 + number)} for number in range(CALLS)]
    payloads = await catalog.call_at_once(*(("setProductVariantPrices", given) for given in wanted))
    assert count_outcomes(payloads) == {OK: CALLS}
    found = await catalog.prices(variant_id)
    assert found["EUR"] == 500
    await catalog.check_events()
    dollars = [price.minor_units for event in catalog.events[variant_id] for price in event.prices[1:]]
    assert sorted(dollars) == [600 + number for number in range(CALLS)]


async def set_a_price_that_is_known(catalog: Catalog) -> None:
    variant_id = await catalog.variant(await catalog.product())
    wanted = [{"variantId": variant_id, "prices": prices(EUR=600 + number % 2)} for number in range(CALLS)]
    payloads = await catalog.call_at_once(*(("setProductVariantPrices", given) for given in wanted))
    assert count_outcomes(payloads) == {OK: CALLS}
    await catalog.check_events()
    euros = [event.prices[0].minor_units for event in catalog.events[variant_id]]
    assert set(euros) == {500, 600, 601}
    assert all(before != after for before, after in pairwise(euros))


async def set_prices_of_a_currency_each(catalog: Catalog) -> None:
    variant_id = await catalog.variant(await catalog.product())
    payloads = await catalog.call_at_once(
        *(
            ("setProductVariantPrices", {"variantId": variant_id, "prices": prices(**{currency: 700})})
            for currency in CURRENCIES
        )
    )
    assert count_outcomes(payloads) == {OK: CALLS}
    assert await catalog.prices(variant_id) == {"EUR": 500, **dict.fromkeys(CURRENCIES, 700)}


async def publish_one_product(catalog: Catalog) -> None:
    product_id = await catalog.product()
    identities = [await catalog.variant(product_id, f"CUP-{number}") for number in range(3)]
    payloads = await catalog.call_at_once(*[("publishProduct", {"productId": product_id})] * CALLS)
    assert count_outcomes(payloads) == {OK: 1, ("INVALID_TRANSITION", None): CALLS - 1}
    assert all("from ACTIVE to ACTIVE;" in error["message"] for payload in payloads for error in payload["errors"])
    await catalog.check_events()
    assert [len(catalog.events[identity]) for identity in identities] == [2, 2, 2]


async def archive_one_product(catalog: Catalog) -> None:
    product_id = await catalog.product()
    variant_id = await catalog.variant(product_id)
    payloads = await catalog.call_at_once(*[("archiveProduct", {"productId": product_id})] * CALLS)
    assert count_outcomes(payloads) == {OK: 1, ("INVALID_TRANSITION", None): CALLS - 1}
    assert all("from ARCHIVED to ARCHIVED;" in error["message"] for payload in payloads for error in payload["errors"])
    await catalog.check_events()
    assert len(catalog.events[variant_id]) == 2


async def publish_and_archive_one_product(catalog: Catalog) -> None:
    product_id = await catalog.product()
    variant_id = await catalog.variant(product_id)
    calls = [(name, {"productId": product_id}) for name in ("publishProduct", "archiveProduct")] * (CALLS // 2)
    payloads = await catalog.call_at_once(*calls)
    moves = [name for (name, _), payload in zip(calls, payloads, strict=True) if not payload["errors"]]
    await catalog.check_events()
    # The revisions say in which order the moves came: no two of one kind come one after the other.
    states = [event.is_sellable for event in catalog.events[variant_id][1:]]
    assert Counter(states) == {True: moves.count("publishProduct"), False: moves.count("archiveProduct")}
    assert all(before != after for before, after in pairwise(states))
    assert set(states) == {True, False}


SameObject = Callable[[Catalog], Awaitable[None]]

SAME_OBJECT: Final[tuple[tuple[str, SameObject], ...]] = (
    ("createCategory", create_category_of_one_slug),
    ("createProduct", create_product_of_one_slug),
    ("createProduct", create_products_as_the_first_ones),
    ("createProductVariant", create_variant_of_one_sku),
    ("createProductVariant", create_variants_of_one_product),
    ("createProductVariant", create_more_variants_than_a_product_can_have),
    ("setProductVariantPrices", set_a_price_of_a_new_currency),
    ("setProductVariantPrices", set_a_price_that_is_known),
    ("setProductVariantPrices", set_prices_of_a_currency_each),
    ("publishProduct", publish_one_product),
    ("archiveProduct", archive_one_product),
    ("archiveProduct", publish_and_archive_one_product),
)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.__name__) for _, case in SAME_OBJECT])
async def test_one_object_at_once_is_changed_in_some_order(catalog: Catalog, case: SameObject) -> None:
    await case(catalog)
    await catalog.check_events()


def test_every_mutation_is_called_at_once() -> None:
    assert {name for name, _ in SAME_OBJECT} == {declaration.name for declaration in MUTATIONS}
    assert set(SAME_KEY) == {declaration.name for declaration in MUTATIONS if declaration.once is not None}


async def test_new_prices_in_crossing_orders_all_come(catalog: Catalog) -> None:
    variant_id = await catalog.variant(await catalog.product())
    one, other = prices(USD=600, GBP=700, CHF=800), prices(CHF=810, GBP=710, USD=610)
    payloads = await catalog.call_at_once(
        *[("setProductVariantPrices", {"variantId": variant_id, "prices": given}) for given in (one, other)]
        * (CALLS // 2)
    )
    assert count_outcomes(payloads) == {OK: CALLS}
    assert await catalog.prices(variant_id) in (
        {"EUR": 500, "USD": 600, "GBP": 700, "CHF": 800},
        {"EUR": 500, "USD": 610, "GBP": 710, "CHF": 810},
    )
    await catalog.check_events()


async def test_skus_that_cross_two_products_are_taken_once(catalog: Catalog) -> None:
    one, other = await catalog.product("cup"), await catalog.product("mug")
    pairs = [(one, "A"), (other, "B"), (one, "B"), (other, "A"), (one, "A"), (other, "B")]
    payloads = await catalog.call_at_once(
        *(
            ("createProductVariant", variant(product_id, sku, key=f"{number}"))
            for number, (product_id, sku) in enumerate(pairs)
        )
    )
    assert count_outcomes(payloads) == {OK: 2, ("NAME_TAKEN", "sku"): CALLS - 2}
    made = {(pair[0], pair[1]) for pair, payload in zip(pairs, payloads, strict=True) if payload["variant"]}
    found = await catalog.list_products()
    assert {(node["id"], each["sku"]) for node in found for each in node["variants"]} == made
    assert sorted(sku for _, sku in made) == ["A", "B"]
    await catalog.check_events()


async def test_a_product_is_published_while_its_variants_come_and_change(catalog: Catalog) -> None:
    product_id = await catalog.product()
    one, other = await catalog.variant(product_id, "A"), await catalog.variant(product_id, "B")
    payloads = await catalog.call_at_once(
        ("setProductVariantPrices", {"variantId": other, "prices": prices(USD=600)}),
        ("publishProduct", {"productId": product_id}),
        ("setProductVariantPrices", {"variantId": one, "prices": prices(USD=600)}),
        ("createProductVariant", variant(product_id, "C", key="C")),
        ("archiveProduct", {"productId": product_id}),
        ("setProductVariantPrices", {"variantId": other, "prices": prices(EUR=900)}),
    )
    # Draft, active and archived: each of the two moves can follow the other.
    assert count_outcomes(payloads) == {OK: CALLS}
    assert await catalog.prices(one) == {"EUR": 500, "USD": 600}
    assert await catalog.prices(other) == {"EUR": 900, "USD": 600}
    await catalog.check_events()
