"""Entities of the catalog."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import strawberry

from entrepot.shared.graphql import (
    Connection,
    CurrencyCode,
    Money,
    batch_field,
    connect,
    connection,
    derived,
    entity,
    many,
    money,
    one,
    read_row,
    row_type,
    transitions,
)
from entrepot.shared.graphql.costs import expected
from entrepot.shared.pagination import PageRequest
from entrepot.subgraphs.catalog import repository
from entrepot.subgraphs.catalog.api.context import CatalogInfo
from entrepot.subgraphs.catalog.api.filters import ProductFilterInput, read_filter
from entrepot.subgraphs.catalog.api.visibility import sees_drafts
from entrepot.subgraphs.catalog.models import DEFAULT_CHANNEL
from entrepot.subgraphs.catalog.states import PRODUCT, ProductStatus

strawberry.enum(ProductStatus)


@entity({"id": repository.SELLERS_BY_ID})
class Seller:
    """The merchant who sells a product."""

    id: strawberry.ID
    name: str
    """The name for display."""


@row_type
class ProductPrice:
    """The price of a variant in one sales channel and one currency."""

    channel: str
    """The sales channel, such as default."""
    current: Money = money("minor_units")
    """The price of one unit now."""
    compare_at: Money | None = money("compare_at_minor_units")
    """The previous, higher price, for display as crossed out; null when the price is not reduced."""


@row_type
class ProductImage:
    """A picture of a product or a category."""

    url: str
    """The address of the picture: an http or https URL, or a path on the host of the graph."""
    alt_text: str
    """What the picture shows, for people who do not see it."""
    position: int
    """Its place among the pictures, from 0; the first one is the main one."""


@strawberry.type
class VariantAttribute:
    """A property that distinguishes a variant from others of its product."""

    name: str
    """The property, such as size."""
    value: str
    """The value, such as XL."""


@entity({"id": repository.VARIANTS_BY_ID, "sku": repository.VARIANTS_BY_SKU})
class ProductVariant:
    """The unit of sale: one version of a product, such as a size in a colour, with its own SKU and prices."""

    id: strawberry.ID
    sku: str
    """The stock keeping unit: the merchant's own unique code of the variant, 1 to 200 characters."""
    name: str
    """The name for display beside the name of the product."""
    attributes: list[VariantAttribute] = derived(
        lambda row: [VariantAttribute(name=name, value=value) for name, value in row.attributes.items()],
        directives=[expected(5)],
    )
    """Its distinguishing properties, at most 50."""
    product_id: strawberry.Private[str]

    product: Product = one(repository.PRODUCTS_BY_ID, by="product_id")
    """The product that it is a version of."""
    prices: list[ProductPrice] = many(repository.PRICES_BY_VARIANT_ID, by="id", expected=5)
    """All its prices: one for each channel and currency that it is sold in."""

    @batch_field
    async def price(
        variants: list[ProductVariant],  # noqa: N805 the objects
        info: CatalogInfo,
        currency: Annotated[CurrencyCode, strawberry.argument(description="The currency to pay in.")],
        channel: Annotated[str, strawberry.argument(description="The sales channel to buy in.")] = DEFAULT_CHANNEL,
    ) -> list[ProductPrice | None]:
        """Its price in a currency; null when it is not sold in that currency and channel."""
        rows = await info.context.fetch(repository.PRICES_BY_VARIANT_ID, [variant.id for variant in variants])
        wanted = (currency, channel)
        matches = (
            next((row for row in rows[variant.id] or () if (row.currency, row.channel) == wanted), None)
            for variant in variants
        )
        return [None if row is None else read_row(ProductPrice, row) for row in matches]


@entity({"id": repository.PRODUCTS_BY_ID, "slug": repository.PRODUCTS_BY_SLUG})
class Product:
    """An item of the catalog with a page of its own; customers order one of its variants."""

    id: strawberry.ID
    slug: str
    """The unique, readable part of its URL."""
    name: str
    """The name for display."""
    description: str
    """The text of the product page; may be empty."""
    status: ProductStatus
    """Whether it is a draft, for sale or withdrawn."""
    is_featured: bool
    """Whether storefronts should highlight it."""
    created_at: datetime
    """When the product was created."""
    updated_at: datetime
    """When the product itself last changed; new prices of a variant do not count."""
    category_id: strawberry.Private[str | None]
    seller_id: strawberry.Private[str]

    category: Category | None = one(repository.CATEGORIES_BY_ID, by="category_id")
    """The category that it is listed in; null when it is in none."""
    seller: Seller = one(repository.SELLERS_BY_ID, by="seller_id")
    """The merchant who sells it."""
    variants: list[ProductVariant] = many(repository.VARIANTS_BY_PRODUCT_ID, by="id", expected=10)
    """All its variants, at most 100 by default."""
    images: list[ProductImage] = many(repository.IMAGES_BY_PRODUCT_ID, by="id", expected=5)
    """Its pictures by position, the main one first; at most twenty."""
    allowed_transitions: list[ProductStatus] = transitions(PRODUCT)
    """The states that the caller can move it to, by `publishProduct` and `archiveProduct`."""


def _read_picture(category: Any) -> ProductImage | None:
    if category.image_url is None:
        return None
    return ProductImage(url=category.image_url, alt_text=category.image_alt_text or category.name, position=0)


@entity({"id": repository.CATEGORIES_BY_ID, "slug": repository.CATEGORIES_BY_SLUG}, keys=["id"])
class Category:
    """A category of products. Categories form a tree."""

    id: strawberry.ID
    slug: str
    """The unique, readable part of its URL."""
    name: str
    """The name for display."""
    image: ProductImage | None = derived(_read_picture)
    """Its picture; null when it has none."""
    parent_id: strawberry.Private[str | None]
    path: strawberry.Private[str]

    parent: Category | None = one(repository.CATEGORIES_BY_ID, by="parent_id")
    """The category above it; null for a top-level category."""
    children: list[Category] = many(repository.CATEGORIES_BY_PARENT_ID, by="id", expected=5)
    """The categories directly below it."""

    @batch_field(directives=[expected(4)])
    async def breadcrumbs(categories: list[Category], info: CatalogInfo) -> list[list[Category]]:  # noqa: N805
        """The path from the top-level category down to this one, which is the last."""
        paths = [category.path.strip("/").split("/") for category in categories]
        rows = await info.context.fetch(repository.CATEGORIES_BY_ID, [id_ for path in paths for id_ in path])
        return [[read_row(Category, row) for id_ in path for row in rows[id_] or ()] for path in paths]

    @connection
    async def products(
        self,
        info: CatalogInfo,
        page: PageRequest,
        filter: Annotated[
            ProductFilterInput | None, strawberry.argument(description="Which products; all by default.")
        ] = None,
    ) -> Connection[Product]:
        """The products of this category and of all categories below it that pass the filter, oldest first."""
        wanted = replace(read_filter(filter), below_id=self.id)
        listing = repository.list_products(wanted, drafts=sees_drafts(info.context))
        return await connect(info.context, Product, listing, page)
