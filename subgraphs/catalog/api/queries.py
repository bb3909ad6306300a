"""Queries of the catalog: open to everyone, drafts to staff."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from sqlalchemy import Row

from entrepot.shared.db import first_of
from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import After, Before, First, Last, build_connection, to_graphql
from entrepot.shared.pagination import read_page_request
from entrepot.subgraphs.catalog import models
from entrepot.subgraphs.catalog.api.filters import ProductFilterInput
from entrepot.subgraphs.catalog.api.loaders import (
    CategoryByIdLoader,
    CategoryBySlugLoader,
    ProductByIdLoader,
    VariantByIdLoader,
    VariantBySkuLoader,
)
from entrepot.subgraphs.catalog.api.types import (
    CatalogInfo,
    Category,
    Product,
    ProductConnection,
    ProductEdge,
    ProductVariant,
)
from entrepot.subgraphs.catalog.api.visibility import sees_drafts
from entrepot.subgraphs.catalog.repository import PRODUCTS_BY_ID, PRODUCTS_BY_SLUG, CatalogRepository
from entrepot.subgraphs.catalog.search import ProductFilter
from entrepot.subgraphs.catalog.states import ProductStatus


@strawberry.type
class Query:
    @strawberry.field
    async def product(
        self, info: CatalogInfo, id: Annotated[strawberry.ID, strawberry.argument(description="`Product.id`.")]
    ) -> Product | None:
        """A product by id; null when it does not exist or is not published and the caller lacks catalog:write."""
        return _present(info, first_of((await info.context.fetch(PRODUCTS_BY_ID, [id]))[id]))

    @strawberry.field
    async def product_by_slug(
        self, info: CatalogInfo, slug: Annotated[str, strawberry.argument(description="`Product.slug`.")]
    ) -> Product | None:
        """A product by slug, the readable part of its URL; null as for `product`."""
        return _present(info, first_of((await info.context.fetch(PRODUCTS_BY_SLUG, [slug]))[slug]))

    @strawberry.field
    async def products(
        self,
        info: CatalogInfo,
        filter: Annotated[
            ProductFilterInput | None, strawberry.argument(description="Which products to return; all by default.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ProductConnection:
        """The products that match the filter, oldest first; drafts and archived ones with catalog:write only."""
        wanted = filter.to_filter() if filter else ProductFilter()
        request = read_page_request(first, after, last, before)
        async with info.context.reading.open() as session:
            page = await CatalogRepository(session).page_products(wanted, request, drafts=sees_drafts(info.context))
        return build_connection(ProductConnection, ProductEdge, page, Product.from_model)

    @strawberry.field
    async def product_variant(
        self, info: CatalogInfo, id: Annotated[strawberry.ID, strawberry.argument(description="`ProductVariant.id`.")]
    ) -> ProductVariant | None:
        """A variant by id; null when the caller may not see its product."""
        return await _present_variant(info, await info.context.loader(VariantByIdLoader).load(id))

    @strawberry.field
    async def product_variant_by_sku(
        self, info: CatalogInfo, sku: Annotated[str, strawberry.argument(description="`ProductVariant.sku`.")]
    ) -> ProductVariant | None:
        """A variant by its SKU (stock keeping unit); null when the caller may not see its product."""
        return await _present_variant(info, await info.context.loader(VariantBySkuLoader).load(sku))

    @strawberry.field
    async def category(
        self,
        info: CatalogInfo,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="`Category.id`.")] = None,
        slug: Annotated[str | None, strawberry.argument(description="`Category.slug`.")] = None,
    ) -> Category | None:
        """A category by its id or by its slug: give one of them. Null when there is none."""
        if id is not None and slug is None:
            row = await info.context.loader(CategoryByIdLoader).load(id)
        elif slug is not None and id is None:
            row = await info.context.loader(CategoryBySlugLoader).load(slug)
        else:
            raise InvalidInput("Give either the id or the slug of the category.")
        return to_graphql(row, Category.from_model)

    @strawberry.field
    async def categories(self, info: CatalogInfo) -> list[Category]:
        """The top-level categories; select `children` for the levels below."""
        async with info.context.reading.open() as session:
            rows = await CatalogRepository(session).list_root_categories()
        return [Category.from_model(row) for row in rows]


def _present(info: CatalogInfo, row: models.Product | Row[Any] | None) -> Product | None:
    if row is None or (row.status != ProductStatus.ACTIVE and not sees_drafts(info.context)):
        return None
    return Product.from_model(row)


async def _present_variant(info: CatalogInfo, row: models.Variant | None) -> ProductVariant | None:
    if row is None or _present(info, await info.context.loader(ProductByIdLoader).load(row.product_id)) is None:
        return None
    return ProductVariant.from_model(row)
