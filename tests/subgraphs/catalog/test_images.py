"""Pictures of products and categories: in order, checked when they come in, loaded in one statement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from entrepot.shared.auth import ANONYMOUS
from tests.support.subgraphs import STAFF, SubgraphUnderTest, open_subgraph

IMAGES = "images { url altText position }"
CREATE_PRODUCT = f"""
mutation ($input: CreateProductInput!) {{
  createProduct(input: $input) {{ product {{ id {IMAGES} }} errors {{ __typename ... on UserError {{ code path }} }} }}
}}
"""
CREATE_CATEGORY = """
mutation ($input: CreateCategoryInput!) {
  createCategory(input: $input) {
    category { id image { url altText position } }
    errors { __typename ... on UserError { code path } }
  }
}
"""
FRONT = {"url": "/pictures/cup.svg", "altText": "A white cup"}
SIDE = {"url": "https://images.example/cup-side.png?width=400", "altText": " The cup from its side "}


@pytest.fixture
async def catalog(tmp_path: Path, database_url: str | None) -> AsyncIterator[SubgraphUnderTest]:
    async with open_subgraph("catalog", tmp_path, url=database_url) as subgraph:
        yield subgraph


async def create_product(catalog: SubgraphUnderTest, slug: str, *images: Any) -> dict[str, Any]:
    given = {"name": slug, "slug": slug, "idempotencyKey": slug, "images": list(images)}
    payload: dict[str, Any] = (await catalog.execute(CREATE_PRODUCT, STAFF, input=given))["data"]["createProduct"]
    return payload


async def create_category(catalog: SubgraphUnderTest, slug: str, image: Any) -> dict[str, Any]:
    given = {"name": slug, "slug": slug, "idempotencyKey": slug, "image": image}
    payload: dict[str, Any] = (await catalog.execute(CREATE_CATEGORY, STAFF, input=given))["data"]["createCategory"]
    return payload


class TestImagesOfProducts:
    async def test_have_the_order_in_which_they_came(self, catalog: SubgraphUnderTest) -> None:
        payload = await create_product(catalog, "cup", SIDE, FRONT)
        assert payload["errors"] == []
        assert payload["product"]["images"] == [
            {"url": SIDE["url"], "altText": "The cup from its side", "position": 0},
            {**FRONT, "position": 1},
        ]

    async def test_may_be_left_out(self, catalog: SubgraphUnderTest) -> None:
        assert (await create_product(catalog, "cup"))["product"]["images"] == []

    async def test_take_as_many_statements_for_twenty_products_as_for_one(self, catalog: SubgraphUnderTest) -> None:
        for number in range(20):
            await create_product(catalog, f"cup-{number}", *[FRONT] * (number % 3))
        query = f"query ($first: Int) {{ products(first: $first) {{ edges {{ node {{ slug {IMAGES} }} }} }} }}"
        counts = []
        for first in (1, 20):
            statements: list[str] = []
            stop = catalog.process.database.count_statements(statements.append)
            found = await catalog.execute(query, STAFF, first=first)
            stop()
            counts.append(len([text for text in statements if text.startswith("SELECT")]))
        nodes = [edge["node"] for edge in found["data"]["products"]["edges"]]
        assert [len(node["images"]) for node in nodes] == [number % 3 for number in range(20)]
        assert counts == [2, 2]


class TestImageOfACategory:
    async def test_is_one_or_none(self, catalog: SubgraphUnderTest) -> None:
        await create_category(catalog, "tea", None)
        await create_category(catalog, "cups", SIDE)
        found = await catalog.execute("{ categories { slug image { url altText position } } }", ANONYMOUS)
        assert found["data"]["categories"] == [
            {"slug": "cups", "image": {"url": SIDE["url"], "altText": "The cup from its side", "position": 0}},
            {"slug": "tea", "image": None},
        ]


WRONG = [
    ({"url": "", "altText": "x"}, "url"),
    ({"url": "cup.svg", "altText": "x"}, "url"),
    ({"url": "//images.example/cup.svg", "altText": "x"}, "url"),
    ({"url": "/\\images.example/cup.svg", "altText": "x"}, "url"),
    ({"url": "javascript:alert(1)", "altText": "x"}, "url"),
    ({"url": "data:image/svg+xml,<svg/>", "altText": "x"}, "url"),
    ({"url": "ftp://images.example/cup.svg", "altText": "x"}, "url"),
    ({"url": "https://", "altText": "x"}, "url"),
    ({"url": "https://[", "altText": "x"}, "url"),
    ({"url": "/a cup.svg", "altText": "x"}, "url"),
    ({"url": "/cup.svg\n", "altText": "x"}, "url"),
    ({"url": "/" + "x" * 2000, "altText": "x"}, "url"),
    ({"url": "/cup.svg", "altText": "  "}, "altText"),
    ({"url": "/cup.svg", "altText": "x" * 251}, "altText"),
]


@pytest.mark.parametrize(("image", "field"), WRONG)
async def test_a_wrong_image_is_refused_and_nothing_is_made(
    catalog: SubgraphUnderTest, image: dict[str, str], field: str
) -> None:
    payload = await create_product(catalog, "cup", FRONT, image)
    assert payload["product"] is None
    assert [(error["code"], error["path"]) for error in payload["errors"]] == [
        ("BAD_USER_INPUT", ["images", "1", field])
    ]
    payload = await create_category(catalog, "tea", image)
    assert [(error["code"], error["path"]) for error in payload["errors"]] == [("BAD_USER_INPUT", ["image", field])]
    found = await catalog.execute("{ products { edges { cursor } } categories { id } }", STAFF)
    assert found["data"] == {"products": {"edges": []}, "categories": []}


async def test_twenty_images_are_the_most(catalog: SubgraphUnderTest) -> None:
    assert len((await create_product(catalog, "cup", *[FRONT] * 20))["product"]["images"]) == 20
    (error,) = (await create_product(catalog, "mug", *[FRONT] * 21))["errors"]
    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["images"])
