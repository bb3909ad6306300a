"""The catalog as its clients see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from entrepot.shared.auth import ANONYMOUS
from entrepot.shared.events.contracts.catalog import VariantChanged
from tests.support.subgraphs import STAFF, SubgraphUnderTest, customer, open_subgraph

CREATE_PRODUCT = """
mutation ($input: CreateProductInput!) {
  createProduct(input: $input) {
    product { id slug status allowedTransitions seller { name } }
    errors { __typename ... on UserError { code path message } }
  }
}
"""
CREATE_VARIANT = """
mutation ($input: CreateProductVariantInput!) {
  createProductVariant(input: $input) {
    variant { id sku prices { channel current { minorUnits amount } } }
    errors { __typename ... on UserError { code path } }
  }
}
"""
PUBLISH = """
mutation ($id: ID!) {
  publishProduct(input: { productId: $id }) {
    product { status }
    errors { __typename ... on UserError { code } ... on InvalidTransitionError { from to allowed } }
  }
}
"""


@pytest.fixture
async def catalog(tmp_path: Path, database_url: str | None) -> AsyncIterator[SubgraphUnderTest]:
    async with open_subgraph("catalog", tmp_path, url=database_url) as subgraph:
        yield subgraph


async def create_product(catalog: SubgraphUnderTest, slug: str = "cup", **given: Any) -> str:
    given = {"name": slug.title(), "slug": slug, "idempotencyKey": slug, **given}
    response = await catalog.execute(CREATE_PRODUCT, STAFF, input=given)
    return response["data"]["createProduct"]["product"]["id"]


async def create_variant(catalog: SubgraphUnderTest, product_id: str, sku: str, minor_units: int = 500) -> str:
    given = {
        "productId": product_id,
        "sku": sku,
        "name": sku,
        "prices": [{"amount": {"minorUnits": minor_units, "currency": "EUR"}}],
        "idempotencyKey": sku,
    }
    response = await catalog.execute(CREATE_VARIANT, STAFF, input=given)
    return response["data"]["createProductVariant"]["variant"]["id"]


class TestCreateProduct:
    async def test_is_a_draft_that_only_staff_see(self, catalog: SubgraphUnderTest) -> None:
        identity = await create_product(catalog)
        query = "query ($id: ID!) { product(id: $id) { slug } }"
        assert (await catalog.execute(query, STAFF, id=identity))["data"]["product"] == {"slug": "cup"}
        assert (await catalog.execute(query, ANONYMOUS, id=identity))["data"]["product"] is None

    async def test_a_repeated_key_answers_with_the_same_product(self, catalog: SubgraphUnderTest) -> None:
        assert await create_product(catalog) == await create_product(catalog)

    async def test_a_repeated_key_with_another_input_is_refused(self, catalog: SubgraphUnderTest) -> None:
        await create_product(catalog)
        given = {"name": "Other", "slug": "other", "idempotencyKey": "cup"}
        payload = (await catalog.execute(CREATE_PRODUCT, STAFF, input=given))["data"]["createProduct"]
        assert payload["product"] is None
        assert payload["errors"][0]["code"] == "IDEMPOTENCY_CONFLICT"

    @pytest.mark.parametrize(
        ("given", "code", "path"),
        [
            ({"name": " "}, "BAD_USER_INPUT", ["name"]),
            ({"name": "x" * 201}, "BAD_USER_INPUT", ["name"]),
            ({"slug": "Not A Slug"}, "BAD_USER_INPUT", ["slug"]),
            ({"slug": ""}, "BAD_USER_INPUT", ["slug"]),
            ({"description": "x" * 20_001}, "BAD_USER_INPUT", ["description"]),
            ({"categoryId": "cat_none"}, "NOT_FOUND", ["categoryId"]),
            ({"idempotencyKey": ""}, "BAD_USER_INPUT", ["idempotencyKey"]),
            ({"slug": "cup", "idempotencyKey": "other"}, "NAME_TAKEN", ["slug"]),
        ],
    )
    async def test_bad_input_changes_nothing(
        self, catalog: SubgraphUnderTest, given: dict[str, Any], code: str, path: list[str]
    ) -> None:
        await create_product(catalog)
        given = {"name": "Mug", "slug": "mug", "idempotencyKey": "mug", **given}
        payload = (await catalog.execute(CREATE_PRODUCT, STAFF, input=given))["data"]["createProduct"]
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [(code, path)]
        found = await catalog.execute("{ products { edges { node { slug } } } }", STAFF)
        assert [edge["node"]["slug"] for edge in found["data"]["products"]["edges"]] == ["cup"]

    @pytest.mark.parametrize(
        ("principal", "code"), [(ANONYMOUS, "UNAUTHENTICATED"), (customer(1, "orders:read"), "FORBIDDEN")]
    )
    async def test_is_for_staff(self, catalog: SubgraphUnderTest, principal: Any, code: str) -> None:
        given = {"name": "Mug", "slug": "mug", "idempotencyKey": "mug"}
        response = await catalog.execute(CREATE_PRODUCT, principal, input=given)
        assert response["errors"][0]["extensions"]["code"] == code


class TestPublish:
    async def test_needs_a_priced_variant(self, catalog: SubgraphUnderTest) -> None:
        payload = (await catalog.execute(PUBLISH, STAFF, id=await create_product(catalog)))["data"]["publishProduct"]
        assert payload["errors"] == [{"__typename": "NotSellableError", "code": "NOT_SELLABLE"}]

    async def test_announces_its_variants_as_sellable(self, catalog: SubgraphUnderTest) -> None:
        product = await create_product(catalog)
        variant = await create_variant(catalog, product, "CUP-1")
        await catalog.execute(PUBLISH, STAFF, id=product)
        events = [event for event in await catalog.published() if isinstance(event, VariantChanged)]
        assert [(event.variant_id, event.is_sellable, event.revision) for event in events] == [
            (variant, False, 1),
            (variant, True, 2),
        ]
        assert events[-1].prices[0].minor_units == 500

    async def test_twice_is_an_illegal_move(self, catalog: SubgraphUnderTest) -> None:
        product = await create_product(catalog)
        await create_variant(catalog, product, "CUP-1")
        await catalog.execute(PUBLISH, STAFF, id=product)
        payload = (await catalog.execute(PUBLISH, STAFF, id=product))["data"]["publishProduct"]
        assert payload["errors"] == [
            {
                "__typename": "InvalidTransitionError",
                "code": "INVALID_TRANSITION",
                "from": "ACTIVE",
                "to": "ACTIVE",
                "allowed": ["ARCHIVED"],
            }
        ]


class TestProducts:
    async def test_pages_forward_and_back(self, catalog: SubgraphUnderTest) -> None:
        for name in "abcde":
            await create_product(catalog, name)
        query = """query ($first: Int, $after: String, $last: Int, $before: String) {
          products(first: $first, after: $after, last: $last, before: $before) {
            edges { node { slug } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""

        async def page(**arguments: Any) -> tuple[str, dict[str, Any]]:
            found = (await catalog.execute(query, STAFF, **arguments))["data"]["products"]
            return "".join(edge["node"]["slug"] for edge in found["edges"]), found["pageInfo"]

        slugs, info = await page(first=2)
        assert (slugs, info["hasNextPage"], info["hasPreviousPage"]) == ("ab", True, False)
        slugs, info = await page(first=3, after=info["endCursor"])
        assert (slugs, info["hasNextPage"], info["hasPreviousPage"]) == ("cde", False, True)
        slugs, info = await page(last=1, before=info["startCursor"])
        assert (slugs, info["hasNextPage"], info["hasPreviousPage"]) == ("b", True, True)

    async def test_counts_the_list_only_where_it_is_asked_to(self, catalog: SubgraphUnderTest) -> None:
        for name in "abc":
            await create_product(catalog, name)
        statements: list[str] = []
        stop = catalog.process.database.count_statements(statements.append)
        found = (await catalog.execute("{ products(first: 1) { totalCount edges { cursor } } }", STAFF))["data"]
        assert (found["products"]["totalCount"], len(found["products"]["edges"])) == (3, 1)
        shown = (await catalog.execute("{ products(first: 1) { totalCount } }", ANONYMOUS))["data"]
        assert shown["products"]["totalCount"] == 0, "drafts are not counted for those who do not see them"
        counted = [text for text in statements if "count(" in text.lower()]
        await catalog.execute("{ products(first: 1) { edges { cursor } } }", STAFF)
        stop()
        assert [text for text in statements if "count(" in text.lower()] == counted

    @pytest.mark.parametrize(
        "arguments", ["first: 0", "first: 101", 'after: "nonsense"', 'after: "WzFd"', "first: 1, last: 1"]
    )
    async def test_refuses_pages_that_make_no_sense(self, catalog: SubgraphUnderTest, arguments: str) -> None:
        response = await catalog.execute(f"{{ products({arguments}) {{ edges {{ cursor }} }} }}", STAFF)
        assert response["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"

    async def test_filters(self, catalog: SubgraphUnderTest) -> None:
        for slug, minor_units in (("cup", 500), ("mug", 900), ("jug_", 2500)):
            product = await create_product(catalog, slug.strip("_"), description=f"A {slug} of 100% clay")
            await create_variant(catalog, product, f"{slug}-1", minor_units)
        query = "query ($filter: ProductFilterInput) { products(filter: $filter) { edges { node { slug } } } }"

        async def find(**wanted: Any) -> list[str]:
            found = await catalog.execute(query, STAFF, filter=wanted)
            return [edge["node"]["slug"] for edge in found["data"]["products"]["edges"]]

        assert await find(search="CLAY mug") == ["mug"]
        assert await find(search="100%") == ["cup", "mug", "jug"]
        assert await find(search="jug_-1") == ["jug"]
        assert await find(search="' OR 1=1 --") == []
        assert await find(currency="EUR", minimumPrice=600, maximumPrice=900) == ["mug"]
        assert await find(currency="USD", minimumPrice=0) == []
        assert await find(isFeatured=True) == []


class TestEntities:
    async def test_are_resolved_in_one_batch_by_any_key(self, catalog: SubgraphUnderTest) -> None:
        product = await create_product(catalog)
        variants = [await create_variant(catalog, product, f"CUP-{number}") for number in range(20)]
        statements: list[str] = []
        stop = catalog.process.database.count_statements(statements.append)
        representations = [
            *({"__typename": "ProductVariant", "id": identity} for identity in variants),
            {"__typename": "ProductVariant", "sku": "CUP-0"},
            {"__typename": "ProductVariant", "id": "var_none"},
            {"__typename": "ProductVariant"},
            {"__typename": "Nonsense", "id": "1"},
        ]
        response = await catalog.execute(
            """query ($r: [_Any!]!) { _entities(representations: $r) {
              ... on ProductVariant {
                id product { slug category { name } } price(currency: "EUR") { current { amount } } } } }""",
            ANONYMOUS,
            r=representations,
        )
        stop()
        found = response["data"]["_entities"]
        assert [entity and entity["id"] for entity in found] == [*variants, variants[0], None, None, None]
        assert found[0]["price"] == {"current": {"amount": "5.00"}}
        assert [(error["path"], error["extensions"]["code"]) for error in response["errors"]] == [
            (["_entities", 22], "BAD_USER_INPUT"),
            (["_entities", 23], "BAD_USER_INPUT"),
        ]
        assert len([text for text in statements if text.startswith("SELECT")]) == 4


class TestSeed:
    async def test_twice_is_once(self, catalog: SubgraphUnderTest) -> None:
        await catalog.process.seed()
        query = """{ products { edges { node { slug variants { sku } } } }
          categories { slug children { slug breadcrumbs { slug } products { edges { node { slug } } } } } }"""
        first = await catalog.execute(query, ANONYMOUS)
        await catalog.process.seed()
        assert await catalog.execute(query, ANONYMOUS) == first
        assert "errors" not in first
        assert len(first["data"]["products"]["edges"]) == 5
        assert first["data"]["categories"][0]["children"][0]["breadcrumbs"] == [{"slug": "coffee"}, {"slug": "beans"}]


class TestCategories:
    @pytest.fixture
    async def coffee(self, catalog: SubgraphUnderTest) -> str:
        """A category with two products, one of them in a category below it."""
        create = """mutation ($input: CreateCategoryInput!) { createCategory(input: $input) {
          category { id } errors { ... on UserError { message } } } }"""
        ids: list[str] = []
        for slug in ("coffee", "beans", "tea"):
            given = {"name": slug.title(), "slug": slug, "idempotencyKey": slug}
            given |= {"parentId": ids[0]} if slug == "beans" else {}
            ids.append((await catalog.execute(create, STAFF, input=given))["data"]["createCategory"]["category"]["id"])
        for slug, category_id, price in (("mug", ids[0], 500), ("espresso", ids[1], 900), ("pot", ids[2], 700)):
            product_id = await create_product(catalog, slug, categoryId=category_id)
            await create_variant(catalog, product_id, slug, price)
        return ids[0]

    @pytest.mark.parametrize("arguments", ["id: $id", 'slug: "coffee"', "id: $id, slug: null"])
    async def test_is_found_by_id_or_slug(self, catalog: SubgraphUnderTest, coffee: str, arguments: str) -> None:
        query = f"query ($id: ID!) {{ category({arguments}) {{ id slug name }} product(id: $id) {{ id }} }}"
        found = await catalog.execute(query, ANONYMOUS, id=coffee)
        assert found["data"]["category"] == {"id": coffee, "slug": "coffee", "name": "Coffee"}

    @pytest.mark.parametrize("arguments", ['id: "cat_none"', 'slug: "none"', 'slug: ""'])
    async def test_is_null_where_there_is_none(self, catalog: SubgraphUnderTest, arguments: str) -> None:
        assert await catalog.execute(f"{{ category({arguments}) {{ id }} }}", ANONYMOUS) == {"data": {"category": None}}

    @pytest.mark.parametrize("arguments", ["", "(id: null)", '(id: "a", slug: "b")'])
    async def test_takes_one_of_both(self, catalog: SubgraphUnderTest, arguments: str) -> None:
        response = await catalog.execute(f"{{ category{arguments} {{ id }} }}", ANONYMOUS)
        (error,) = response["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"] == "Give either the id or the slug of the category."

    @pytest.mark.parametrize(
        ("wanted", "slugs"),
        [
            ("{}", ["mug", "espresso"]),
            ('{ search: "esp" }', ["espresso"]),
            ('{ currency: "EUR", maximumPrice: 600 }', ["mug"]),
            ("{ categoryId: $other }", ["espresso"]),
        ],
    )
    async def test_products_take_a_filter(
        self, catalog: SubgraphUnderTest, coffee: str, wanted: str, slugs: list[str]
    ) -> None:
        beans = (await catalog.execute('{ category(slug: "beans") { id } }', STAFF))["data"]["category"]["id"]
        query = f"""query ($id: ID!, $other: ID!) {{ category(id: $id) {{
          products(filter: {wanted}) {{ edges {{ node {{ slug }} }} }} }} product(id: $other) {{ id }} }}"""
        found = await catalog.execute(query, STAFF, id=coffee, other=beans)
        assert [edge["node"]["slug"] for edge in found["data"]["category"]["products"]["edges"]] == slugs
