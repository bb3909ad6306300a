"""What staff may get wrong in the catalog: each a coded error, and nothing changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.subgraphs import STAFF, SubgraphUnderTest, open_subgraph

ERRORS = "errors { __typename ... on UserError { code path } }"
EUR = {"minorUnits": 500, "currency": "EUR"}
NEGATIVE = {"minorUnits": -1, "currency": "EUR"}
TOO_MUCH = {"minorUnits": 10**18, "currency": "EUR"}
MUTATIONS = {
    "createCategory": ("CreateCategoryInput", {"name": "Tea", "slug": "tea", "idempotencyKey": "k"}),
    "createProduct": ("CreateProductInput", {"name": "Tea", "slug": "tea", "idempotencyKey": "k"}),
    "createProductVariant": (
        "CreateProductVariantInput",
        {"productId": "$product", "sku": "NEW-1", "name": "New", "prices": [{"amount": EUR}], "idempotencyKey": "k"},
    ),
    "setProductVariantPrices": ("SetProductVariantPricesInput", {"variantId": "$variant", "prices": [{"amount": EUR}]}),
    "publishProduct": ("PublishProductInput", {"productId": "$product"}),
    "archiveProduct": ("ArchiveProductInput", {"productId": "$archived"}),
}


@pytest.fixture
async def catalog(tmp_path: Path) -> AsyncIterator[SubgraphUnderTest]:
    async with open_subgraph(
        "catalog", tmp_path, environ={"ENTREPOT_CATALOG_MAX_VARIANTS_PER_PRODUCT": "2"}
    ) as subgraph:
        await subgraph.process.seed()
        yield subgraph


async def known_ids(catalog: SubgraphUnderTest) -> dict[str, str]:
    found = await catalog.execute("{ products { edges { node { id variants { id } } } } }", STAFF)
    nodes = [edge["node"] for edge in found["data"]["products"]["edges"]]
    full, single = nodes[0], nodes[2]
    return {"$full": full["id"], "$product": single["id"], "$variant": single["variants"][0]["id"]}


async def call(catalog: SubgraphUnderTest, name: str, given: dict[str, Any]) -> dict[str, Any]:
    input_type, _ = MUTATIONS[name]
    document = f"mutation ($input: {input_type}!) {{ {name}(input: $input) {{ {ERRORS} }} }}"
    return await catalog.execute(document, STAFF, input=given)


@pytest.mark.parametrize(
    ("name", "wrong", "code", "path"),
    [
        ("createCategory", {"name": ""}, "BAD_USER_INPUT", ["name"]),
        ("createCategory", {"slug": "-"}, "BAD_USER_INPUT", ["slug"]),
        ("createCategory", {"slug": "coffee"}, "NAME_TAKEN", ["slug"]),
        ("createCategory", {"parentId": "cat_none"}, "NOT_FOUND", ["parentId"]),
        ("createCategory", {"idempotencyKey": "x" * 256}, "BAD_USER_INPUT", ["idempotencyKey"]),
        ("createProductVariant", {"productId": "prd_none"}, "NOT_FOUND", ["productId"]),
        ("createProductVariant", {"sku": " "}, "BAD_USER_INPUT", ["sku"]),
        ("createProductVariant", {"sku": "x" * 201}, "BAD_USER_INPUT", ["sku"]),
        ("createProductVariant", {"sku": "PRESS-DOCK-1L"}, "NAME_TAKEN", ["sku"]),
        ("createProductVariant", {"productId": "$full"}, "BAD_USER_INPUT", None),
        ("createProductVariant", {"attributes": [{"name": "", "value": "x"}]}, "BAD_USER_INPUT", ["attributes"]),
        ("createProductVariant", {"prices": [{"amount": NEGATIVE}]}, "BAD_USER_INPUT", ["prices", "0", "amount"]),
        ("setProductVariantPrices", {"variantId": "var_none"}, "NOT_FOUND", ["variantId"]),
        (
            "setProductVariantPrices",
            {"prices": [{"amount": EUR}, {"amount": TOO_MUCH, "channel": "b2b"}]},
            "BAD_USER_INPUT",
            ["prices", "1", "amount"],
        ),
        (
            "setProductVariantPrices",
            {"prices": [{"amount": EUR, "channel": "x" * 33}]},
            "BAD_USER_INPUT",
            ["prices", "0", "channel"],
        ),
        (
            "setProductVariantPrices",
            {"prices": [{"amount": EUR, "compareAt": EUR}]},
            "BAD_USER_INPUT",
            ["prices", "0", "compareAt"],
        ),
        ("setProductVariantPrices", {"prices": [{"amount": EUR}] * 2}, "BAD_USER_INPUT", ["prices", "1"]),
        ("createProductVariant", {"prices": [{"amount": EUR}] * 2}, "BAD_USER_INPUT", ["prices", "1"]),
        (
            "createProductVariant",
            {"attributes": [{"name": "size", "value": "S"}, {"name": "size", "value": "M"}]},
            "BAD_USER_INPUT",
            ["attributes", "1", "name"],
        ),
        ("setProductVariantPrices", {"prices": [{"amount": EUR}] * 201}, "BAD_USER_INPUT", ["prices"]),
        ("publishProduct", {"productId": "prd_none"}, "NOT_FOUND", ["productId"]),
        ("publishProduct", {}, "INVALID_TRANSITION", None),
        ("archiveProduct", {"productId": "prd_none"}, "NOT_FOUND", ["productId"]),
    ],
)
async def test_is_refused_and_changes_nothing(
    catalog: SubgraphUnderTest, name: str, wrong: dict[str, Any], code: str, path: list[str] | None
) -> None:
    ids = await known_ids(catalog)
    await catalog.published()
    given = {**MUTATIONS[name][1], **wrong}
    given = {key: ids.get(value, value) if isinstance(value, str) else value for key, value in given.items()}
    payload = (await call(catalog, name, given))["data"][name]
    assert [(error["code"], error["path"]) for error in payload["errors"]] == [(code, path)]
    assert await catalog.published() == []


@pytest.mark.parametrize("wrong", [{"minorUnits": 2**63}, {"minorUnits": 1.5}, {"currency": "XXX"}, {"currency": None}])
async def test_what_is_no_money_is_refused_by_its_type(catalog: SubgraphUnderTest, wrong: dict[str, Any]) -> None:
    ids = await known_ids(catalog)
    given = {"variantId": ids["$variant"], "prices": [{"amount": {**EUR, **wrong}}]}
    response = await call(catalog, "setProductVariantPrices", given)
    assert response["errors"][0]["extensions"]["code"] in {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(
    ("name", "wrong", "paths"),
    [
        ("createCategory", {"name": " ", "slug": "No Slug"}, [["name"], ["slug"]]),
        (
            "createProduct",
            {"name": " ", "slug": "No Slug", "description": "x" * 20_001},
            [["name"], ["slug"], ["description"]],
        ),
        (
            "createProductVariant",
            {
                "name": " ",
                "sku": " ",
                "attributes": [{"name": "", "value": ""}],
                "prices": [{"amount": EUR}, {"amount": NEGATIVE, "channel": "No", "compareAt": TOO_MUCH}],
            },
            [
                ["name"],
                ["sku"],
                ["attributes"],
                ["prices", "1", "channel"],
                ["prices", "1", "amount"],
                ["prices", "1", "compareAt"],
            ],
        ),
    ],
)
async def test_all_that_is_wrong_is_said_at_once(
    catalog: SubgraphUnderTest, name: str, wrong: dict[str, Any], paths: list[list[str]]
) -> None:
    ids = await known_ids(catalog)
    await catalog.published()
    given = {**MUTATIONS[name][1], **wrong}
    given = {key: ids.get(value, value) if isinstance(value, str) else value for key, value in given.items()}
    errors = (await call(catalog, name, given))["data"][name]["errors"]
    assert [error["path"] for error in errors] == paths
    assert {error["code"] for error in errors} == {"BAD_USER_INPUT"}
    assert await catalog.published() == []


async def test_a_price_limit_without_a_currency_says_what_to_give(catalog: SubgraphUnderTest) -> None:
    for limit in ("minimumPrice", "maximumPrice"):
        response = await catalog.execute(f"{{ products(filter: {{ {limit}: 100 }}) {{ edges {{ cursor }} }} }}", STAFF)
        (error,) = response["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"] == 'Give currency with minimumPrice and maximumPrice, such as currency: "EUR".'


async def test_the_same_prices_again_are_no_change(catalog: SubgraphUnderTest) -> None:
    ids = await known_ids(catalog)
    await catalog.published()

    async def set_price(**price: Any) -> int:
        given = {"variantId": ids["$variant"], "prices": [price] if price else []}
        payload = (await call(catalog, "setProductVariantPrices", given))["data"]["setProductVariantPrices"]
        assert payload["errors"] == []
        return len(await catalog.published())

    assert [await set_price(amount=EUR) for _ in range(3)] == [1, 0, 0]
    dearer = {"minorUnits": 900, "currency": "EUR"}
    assert [await set_price(amount=EUR, compareAt=dearer) for _ in range(2)] == [1, 0]
    assert await set_price() == 0
