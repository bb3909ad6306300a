"""Queries of the catalog: open to everyone, drafts to staff."""

from __future__ import annotations

from typing import Annotated

import strawberry

from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import Connection, connect, connection, find, lookup, read_row
from entrepot.shared.graphql.costs import expected
from entrepot.shared.pagination import PageRequest
from entrepot.subgraphs.catalog import repository
from entrepot.subgraphs.catalog.api.context import CatalogInfo
from entrepot.subgraphs.catalog.api.filters import ProductFilterInput, read_filter
from entrepot.subgraphs.catalog.api.types import Category, Product, ProductVariant
from entrepot.subgraphs.catalog.api.visibility import sees_drafts, sees_product, sees_variant


@strawberry.type
class Query:
    product: Product | None = lookup(only=sees_product)
    """A product by id; null when it does not exist or is not published and the caller lacks catalog:write."""
    product_by_slug: Product | None = lookup("slug", only=sees_product)
    """A product by slug, the readable part of its URL; null as for `product`."""
    product_variant: ProductVariant | None = lookup(only=sees_variant)
    """A variant by id; null when the caller may not see its product."""
    product_variant_by_sku: ProductVariant | None = lookup("sku", only=sees_variant)
    """A variant by its SKU (stock keeping unit); null when the caller may not see its product."""

    @connection
    async def products(
        self,
        info: CatalogInfo,
        page: PageRequest,
        filter: Annotated[
            ProductFilterInput | None, strawberry.argument(description="Which products to return; all by default.")
        ] = None,
    ) -> Connection[Product]:
        """The products that match the filter, oldest first; drafts and archived ones with catalog:write only."""
        listing = repository.list_products(read_filter(filter), drafts=sees_drafts(info.context))
        return await connect(info.context, Product, listing, page)

    @strawberry.field
    async def category(
        self,
        info: CatalogInfo,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="`Category.id`.")] = None,
        slug: Annotated[str | None, strawberry.argument(description="`Category.slug`.")] = None,
    ) -> Category | None:
        """A category by its id or by its slug: give one of them. Null when there is none."""
        if (id is None) == (slug is None):
            raise InvalidInput("Give either the id or the slug of the category.")
        return await find(info.context, Category, **({"id": id} if slug is None else {"slug": slug}))

    @strawberry.federation.field(directives=[expected(20)])
    async def categories(self, info: CatalogInfo) -> list[Category]:
        """The top-level categories; select `children` for the levels below."""
        async with info.context.reading.open() as connection:
            rows = await repository.list_root_categories(connection)
        return [read_row(Category, row) for row in rows]
