"""Queries of the catalog: open to everyone, drafts to staff."""

from __future__ import annotations

import strawberry

from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import build_connection, present
from entrepot.shared.pagination import read_page_request
from entrepot.subgraphs.catalog import models
from entrepot.subgraphs.catalog.api.inputs import ProductFilterInput
from entrepot.subgraphs.catalog.api.loaders import (
    CategoryByIdLoader,
    CategoryBySlugLoader,
    ProductByIdLoader,
    ProductBySlugLoader,
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
from entrepot.subgraphs.catalog.repository import CatalogRepository
from entrepot.subgraphs.catalog.search import ProductFilter
from entrepot.subgraphs.catalog.states import ProductStatus


@strawberry.type
class Query:
    @strawberry.field(description="A product by its id.")
    async def product(self, info: CatalogInfo, id: strawberry.ID) -> Product | None:
        return _present(info, await info.context.loader(ProductByIdLoader).load(id))

    @strawberry.field(description="A product by the name in its page's address.")
    async def product_by_slug(self, info: CatalogInfo, slug: str) -> Product | None:
        return _present(info, await info.context.loader(ProductBySlugLoader).load(slug))

    @strawberry.field(description="Products that pass the filter.")
    async def products(
        self,
        info: CatalogInfo,
        filter: ProductFilterInput | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> ProductConnection:
        wanted = filter.to_filter() if filter else ProductFilter()
        request = read_page_request(first, after, last, before)
        async with info.context.database.read() as session:
            page = await CatalogRepository(session).page_products(wanted, request, drafts=sees_drafts(info.context))
        return build_connection(ProductConnection, ProductEdge, page, Product.from_model)

    @strawberry.field(description="A variant by its id.")
    async def product_variant(self, info: CatalogInfo, id: strawberry.ID) -> ProductVariant | None:
        return await _present_variant(info, await info.context.loader(VariantByIdLoader).load(id))

    @strawberry.field(description="A variant by its stock keeping unit.")
    async def product_variant_by_sku(self, info: CatalogInfo, sku: str) -> ProductVariant | None:
        return await _present_variant(info, await info.context.loader(VariantBySkuLoader).load(sku))

    @strawberry.field(description="A category by its id or by the name in its page's address: give one of them.")
    async def category(
        self, info: CatalogInfo, id: strawberry.ID | None = None, slug: str | None = None
    ) -> Category | None:
        if id is not None and slug is None:
            row = await info.context.loader(CategoryByIdLoader).load(id)
        elif slug is not None and id is None:
            row = await info.context.loader(CategoryBySlugLoader).load(slug)
        else:
            raise InvalidInput("Give either the id or the slug of the category.")
        return present(row, Category.from_model)

    @strawberry.field(description="The roots of the category tree.")
    async def categories(self, info: CatalogInfo) -> list[Category]:
        async with info.context.database.read() as session:
            rows = await CatalogRepository(session).list_root_categories()
        return [Category.from_model(row) for row in rows]


def _present(info: CatalogInfo, row: models.Product | None) -> Product | None:
    if row is None or (row.status != ProductStatus.ACTIVE and not sees_drafts(info.context)):
        return None
    return Product.from_model(row)


async def _present_variant(info: CatalogInfo, row: models.Variant | None) -> ProductVariant | None:
    if row is None or _present(info, await info.context.loader(ProductByIdLoader).load(row.product_id)) is None:
        return None
    return ProductVariant.from_model(row)
