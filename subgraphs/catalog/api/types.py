"""Entities of the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Self

import strawberry
from sqlalchemy import Row
from strawberry.types import Info

from entrepot.shared.db import first_of
from entrepot.shared.graphql import (
    After,
    Before,
    Context,
    CurrencyCode,
    First,
    Last,
    Long,
    Money,
    PageInfo,
    Representation,
    batch_field,
    build_connection,
    resolve_by_key,
    to_graphql,
)
from entrepot.shared.pagination import read_page_request
from entrepot.subgraphs.catalog import models
from entrepot.subgraphs.catalog.api.filters import ProductFilterInput
from entrepot.subgraphs.catalog.api.images import ProductImage
from entrepot.subgraphs.catalog.api.loaders import (
    CategoryByIdLoader,
    ProductByIdLoader,
    ProductBySlugLoader,
    SellerByIdLoader,
    VariantByIdLoader,
    VariantBySkuLoader,
)
from entrepot.subgraphs.catalog.api.visibility import sees_drafts
from entrepot.subgraphs.catalog.config import CatalogDependencies
from entrepot.subgraphs.catalog.repository import (
    CATEGORIES_BY_ID,
    CATEGORIES_BY_PARENT_ID,
    IMAGES_BY_PRODUCT_ID,
    PRICES_BY_VARIANT_ID,
    PRODUCTS_BY_ID,
    SELLERS_BY_ID,
    VARIANTS_BY_PRODUCT_ID,
    CatalogRepository,
)
from entrepot.subgraphs.catalog.search import ProductFilter
from entrepot.subgraphs.catalog.states import PRODUCT, ProductStatus

CatalogContext = Context[CatalogDependencies]
CatalogInfo = Info[CatalogContext, None]

strawberry.enum(ProductStatus)


@strawberry.federation.type(keys=["id"])
class Seller:
    """The merchant who sells a product."""

    id: strawberry.ID
    name: str
    """The name for display."""

    @classmethod
    def from_model(cls, seller: models.Seller | Row[Any]) -> Self:
        return cls(id=strawberry.ID(seller.id), name=seller.name)

    @classmethod
    async def resolve_references(
        cls, context: CatalogContext, representations: Sequence[Representation]
    ) -> Sequence[Self | None]:
        return await resolve_by_key(context, representations, {"id": SellerByIdLoader}, cls.from_model)


@strawberry.type
class ProductPrice:
    """The price of a variant in one sales channel and one currency."""

    channel: str
    """The sales channel, such as default."""
    currency: CurrencyCode
    """The currency of the price."""
    amount: Money
    """The price of one unit."""
    compare_at: Money | None
    """The previous, higher price, for display as crossed out; null when the price is not reduced."""

    @classmethod
    def from_model(cls, price: models.Price | Row[Any]) -> Self:
        currency, before = CurrencyCode(price.currency), price.compare_at_minor_units
        return cls(
            channel=price.channel,
            currency=currency,
            amount=Money(minor_units=Long(price.minor_units), currency=currency),
            compare_at=None if before is None else Money(minor_units=Long(before), currency=currency),
        )


@strawberry.type
class VariantAttribute:
    """A property that distinguishes a variant from others of its product."""

    name: str
    """The property, such as size."""
    value: str
    """The value, such as XL."""


@strawberry.federation.type(keys=["id", "sku"])
class ProductVariant:
    """The unit of sale: one version of a product, such as a size in a colour, with its own SKU and prices."""

    id: strawberry.ID
    sku: str
    """The stock keeping unit: the merchant's own unique code of the variant, 1 to 200 characters."""
    name: str
    """The name for display beside the name of the product."""
    attributes: list[VariantAttribute]
    """Its distinguishing properties, at most 50."""
    product_id: strawberry.Private[str]

    @batch_field
    async def product(variants: list[ProductVariant], info: CatalogInfo) -> list[Product]:  # noqa: N805 the objects
        """The product that it is a version of."""
        rows = await info.context.fetch(PRODUCTS_BY_ID, [variant.product_id for variant in variants])
        # A foreign key keeps the product.
        return [Product.from_model((rows[variant.product_id] or [])[0]) for variant in variants]

    @batch_field
    async def prices(variants: list[ProductVariant], info: CatalogInfo) -> list[list[ProductPrice]]:  # noqa: N805
        """All its prices: one for each channel and currency that it is sold in."""
        rows = await info.context.fetch(PRICES_BY_VARIANT_ID, [variant.id for variant in variants])
        return [[ProductPrice.from_model(row) for row in rows[variant.id] or ()] for variant in variants]

    @batch_field
    async def price(
        variants: list[ProductVariant],  # noqa: N805 the objects
        info: CatalogInfo,
        currency: Annotated[CurrencyCode, strawberry.argument(description="The currency to pay in.")],
        channel: Annotated[
            str, strawberry.argument(description="The sales channel to buy in.")
        ] = models.DEFAULT_CHANNEL,
    ) -> list[ProductPrice | None]:
        """Its price in a currency; null when it is not sold in that currency and channel."""
        rows = await info.context.fetch(PRICES_BY_VARIANT_ID, [variant.id for variant in variants])
        wanted = (currency, channel)
        matches = (
            next((row for row in rows[variant.id] or () if (row.currency, row.channel) == wanted), None)
            for variant in variants
        )
        return [to_graphql(row, ProductPrice.from_model) for row in matches]

    @classmethod
    def from_model(cls, variant: models.Variant | Row[Any]) -> Self:
        return cls(
            id=strawberry.ID(variant.id),
            sku=variant.sku,
            name=variant.name,
            attributes=[VariantAttribute(name=name, value=value) for name, value in variant.attributes.items()],
            product_id=variant.product_id,
        )

    @classmethod
    async def resolve_references(
        cls, context: CatalogContext, representations: Sequence[Representation]
    ) -> Sequence[Self | None]:
        loaders = {"id": VariantByIdLoader, "sku": VariantBySkuLoader}
        return await resolve_by_key(context, representations, loaders, cls.from_model)


@strawberry.federation.type(keys=["id", "slug"])
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

    @strawberry.field
    def allowed_transitions(self) -> list[ProductStatus]:
        """The states that can follow the current one."""
        return sorted(PRODUCT.next_states(self.status))

    @batch_field
    async def category(products: list[Product], info: CatalogInfo) -> list[Category | None]:  # noqa: N805 the objects
        """The category that it is listed in; null when it is in none."""
        ids = [product.category_id for product in products]
        rows = await info.context.fetch(CATEGORIES_BY_ID, ids)
        return [to_graphql(first_of(rows[id_]), Category.from_model) for id_ in ids]

    @batch_field
    async def seller(products: list[Product], info: CatalogInfo) -> list[Seller]:  # noqa: N805 the objects
        """The merchant who sells it."""
        rows = await info.context.fetch(SELLERS_BY_ID, [product.seller_id for product in products])
        # A foreign key keeps the seller.
        return [Seller.from_model((rows[product.seller_id] or [])[0]) for product in products]

    @batch_field
    async def variants(products: list[Product], info: CatalogInfo) -> list[list[ProductVariant]]:  # noqa: N805
        """All its variants, at most 100 by default."""
        rows = await info.context.fetch(VARIANTS_BY_PRODUCT_ID, [product.id for product in products])
        return [[ProductVariant.from_model(row) for row in rows[product.id] or ()] for product in products]

    @batch_field
    async def images(products: list[Product], info: CatalogInfo) -> list[list[ProductImage]]:  # noqa: N805 the objects
        """Its pictures by position, the main one first; at most twenty."""
        rows = await info.context.fetch(IMAGES_BY_PRODUCT_ID, [product.id for product in products])
        return [[ProductImage.from_model(row) for row in rows[product.id] or ()] for product in products]

    @classmethod
    def from_model(cls, product: models.Product | Row[Any]) -> Self:
        return cls(
            id=strawberry.ID(product.id),
            slug=product.slug,
            name=product.name,
            description=product.description,
            status=ProductStatus(product.status),
            is_featured=product.is_featured,
            created_at=product.created_at,
            updated_at=product.updated_at,
            category_id=product.category_id,
            seller_id=product.seller_id,
        )

    @classmethod
    async def resolve_references(
        cls, context: CatalogContext, representations: Sequence[Representation]
    ) -> Sequence[Self | None]:
        loaders = {"id": ProductByIdLoader, "slug": ProductBySlugLoader}
        return await resolve_by_key(context, representations, loaders, cls.from_model)


@strawberry.type
class ProductEdge:
    node: Product
    cursor: str


@strawberry.type
class ProductConnection:
    """A page of products, oldest first."""

    edges: list[ProductEdge]
    page_info: PageInfo


@strawberry.federation.type(keys=["id"])
class Category:
    """A category of products. Categories form a tree."""

    id: strawberry.ID
    slug: str
    """The unique, readable part of its URL."""
    name: str
    """The name for display."""
    image: ProductImage | None
    """Its picture; null when it has none."""
    parent_id: strawberry.Private[str | None]
    path: strawberry.Private[str]

    @batch_field
    async def parent(categories: list[Category], info: CatalogInfo) -> list[Category | None]:  # noqa: N805 the objects
        """The category above it; null for a top-level category."""
        ids = [category.parent_id for category in categories]
        rows = await info.context.fetch(CATEGORIES_BY_ID, ids)
        return [to_graphql(first_of(rows[id_]), Category.from_model) for id_ in ids]

    @batch_field
    async def children(categories: list[Category], info: CatalogInfo) -> list[list[Category]]:  # noqa: N805 the objects
        """The categories directly below it."""
        rows = await info.context.fetch(CATEGORIES_BY_PARENT_ID, [category.id for category in categories])
        return [[Category.from_model(row) for row in rows[category.id] or ()] for category in categories]

    @batch_field
    async def breadcrumbs(categories: list[Category], info: CatalogInfo) -> list[list[Category]]:  # noqa: N805
        """The path from the top-level category down to this one, which is the last."""
        paths = [category.path.strip("/").split("/") for category in categories]
        rows = await info.context.fetch(CATEGORIES_BY_ID, [id_ for path in paths for id_ in path])
        return [[Category.from_model(row) for id_ in path for row in rows[id_] or ()] for path in paths]

    @strawberry.field
    async def products(
        self,
        info: CatalogInfo,
        filter: Annotated[
            ProductFilterInput | None, strawberry.argument(description="Which products; all by default.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ProductConnection:
        """The products of this category and of all categories below it that pass the filter, oldest first."""
        wanted = replace(filter.to_filter() if filter else ProductFilter(), below_id=self.id)
        request = read_page_request(first, after, last, before)
        async with info.context.reading.open() as session:
            page = await CatalogRepository(session).page_products(wanted, request, drafts=sees_drafts(info.context))
        return build_connection(ProductConnection, ProductEdge, page, Product.from_model)

    @classmethod
    def from_model(cls, category: models.Category | Row[Any]) -> Self:
        return cls(
            id=strawberry.ID(category.id),
            slug=category.slug,
            name=category.name,
            image=ProductImage.of_category(category),
            parent_id=category.parent_id,
            path=category.path,
        )

    @classmethod
    async def resolve_references(
        cls, context: CatalogContext, representations: Sequence[Representation]
    ) -> Sequence[Self | None]:
        return await resolve_by_key(context, representations, {"id": CategoryByIdLoader}, cls.from_model)
