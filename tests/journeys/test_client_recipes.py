"""Every recipe of docs/clients.md against the shop: typed by its own tools, compiled strictly, run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLScalarType, build_schema, get_named_type, get_nullable_type, is_list_type

from entrepot.router.config import PersistedDocumentsConfig
from tests.support.buying import fill_cart, find_variant, place_order, watch
from tests.support.client_recipes import RECIPES, RecipeProject, copy_recipes
from tests.support.mesh import Shop, open_shop
from tests.support.tree import ROOT

pytestmark = pytest.mark.node

SKU = "PRESS-DOCK-1L"


@pytest.fixture(scope="module")
def recipes(tmp_path_factory: pytest.TempPathFactory) -> RecipeProject:
    project = copy_recipes(tmp_path_factory.mktemp("recipes"))
    project.build()
    return project


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as shop:
        yield shop


async def run(recipes: RecipeProject, shop: Shop, case: str, **options: Any) -> Any:
    return await asyncio.to_thread(recipes.run, case, url=shop.client.url, **options)


async def list_products(shop: Shop) -> list[dict[str, Any]]:
    found = await shop.client.data("{ products(first: 100) { edges { node { slug name } } } }")
    return [edge["node"] for edge in found["products"]["edges"]]


async def test_apollo_pages_through_a_connection(recipes: RecipeProject, shop: Shop) -> None:
    names = [product["name"] for product in await list_products(shop)]
    # More than one page of two.
    assert len(names) > 2
    assert await run(recipes, shop, "apolloPages") == names


@pytest.mark.parametrize("policies", [True, False])
async def test_apollo_keeps_the_fields_of_two_pages(recipes: RecipeProject, shop: Shop, *, policies: bool) -> None:
    slug = (await list_products(shop))[0]["slug"]
    said = await run(recipes, shop, "apolloWarnings", policies=policies, slug=slug)
    # Without the policies the client warns that data may be lost, and it is.
    assert (said == ["complete"]) is policies, said


@pytest.mark.parametrize("case", ["apolloFollow", "urqlFollow"])
async def test_an_order_is_followed(recipes: RecipeProject, shop: Shop, case: str) -> None:
    ada = await shop.login("ada@example.com")
    variant = await find_variant(ada, SKU)
    order = await place_order(ada, await fill_cart(ada, variant["id"]))
    history = [change["status"] for change in await watch(ada, order["id"])]
    assert await run(recipes, shop, case, token=ada.token, order=order["id"]) == history


async def test_urql_fills_a_cart_as_a_guest(recipes: RecipeProject, shop: Shop) -> None:
    variant = await find_variant(shop.client, SKU)
    started = await run(recipes, shop, "urqlCart", variant=variant["id"])
    assert started["guestToken"]
    assert [line["quantity"] for line in started["cart"]["lines"]] == [1]
    assert started["cart"]["total"]["minorUnits"] == variant["price"]["current"]["minorUnits"]


async def test_tada_reads_prices(recipes: RecipeProject, shop: Shop) -> None:
    variant = await find_variant(shop.client, SKU)
    found = await shop.client.data(f'{{ productVariantBySku(sku: "{SKU}") {{ product {{ slug }} }} }}')
    slug = found["productVariantBySku"]["product"]["slug"]
    prices = await run(recipes, shop, "tada", slug=slug)
    assert prices[SKU] == variant["price"]["current"]["minorUnits"]


async def test_registered_documents_of_both_compilers(recipes: RecipeProject, tmp_path: Path) -> None:
    paths = (str(recipes.codegen_manifest), str(recipes.relay_manifest))
    async with open_shop(tmp_path, persisted_documents=PersistedDocumentsConfig(mode="safelist", paths=paths)) as shop:
        first, second = await run(recipes, shop, "relay")
        assert await run(recipes, shop, "persisted") == [first, second]
        assert await run(recipes, shop, "apolloPersisted") == [first, second]
        assert await run(recipes, shop, "persistedMutation", variant="var_0000000000000000000000") != []
        refused = await shop.client.send("{ products(first: 2) { edges { node { slug } } } }")
        assert [error["extensions"]["code"] for error in refused["errors"]] == ["DOCUMENT_NOT_IN_SAFELIST"]


def test_a_field_that_does_not_exist_is_a_type_error(tmp_path: Path) -> None:
    project = copy_recipes(tmp_path)
    project.call_tool("gql.tada", "generate-output")
    wrong = (RECIPES / "src" / "tada.ts").read_text().replace("variant.price?.current.minorUnits", "variant.cost")
    (tmp_path / "src" / "wrong.ts").write_text(wrong)
    options = ("--strict", "--noEmit", "--skipLibCheck", "--module", "preserve", "--target", "es2023")
    with pytest.raises(AssertionError, match="Property 'cost' does not exist"):
        project.call_tool("tsc", "--ignoreConfig", *options, "src/wrong.ts")


def test_each_object_without_an_id_has_a_policy() -> None:
    policies = (RECIPES / "src" / "apollo-cache.ts").read_text()
    schema = build_schema((ROOT / "schema" / "api.graphql").read_text())
    assert [name for name in sorted(_embedded_types(schema)) if f"{name}: merged" not in policies] == []


def test_each_scalar_is_mapped_everywhere() -> None:
    schema = build_schema((ROOT / "schema" / "api.graphql").read_text())
    custom = {
        name
        for name, kind in schema.type_map.items()
        if isinstance(kind, GraphQLScalarType) and kind.ast_node is not None
    }
    assert custom
    assert json.loads((RECIPES / "relay.config.json").read_text())["customScalarTypes"].keys() == custom
    for name in ("codegen.ts", "src/scalars.ts"):
        text = (RECIPES / name).read_text()
        assert [scalar for scalar in custom if f"{scalar}: " not in text] == [], name


def _embedded_types(schema: Any) -> set[str]:
    """Types without an id that an entity refers to by a field that is no list."""
    embedded = set()
    for parent in schema.type_map.values():
        if not isinstance(parent, GraphQLObjectType) or "id" not in parent.fields:
            continue
        for field in parent.fields.values():
            named = get_named_type(field.type)
            is_list = is_list_type(get_nullable_type(field.type)) or named.name.endswith("Connection")
            if isinstance(named, GraphQLObjectType) and "id" not in named.fields and not is_list:
                embedded.add(named.name)
    return embedded
