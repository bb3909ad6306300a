"""Entities of the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry.types import Info

from entrepot.shared.graphql import (
    After,
    Before,
    Context,
    CurrencyCode,
    First,
    Last,
    Money,
    PageInfo,
    Representation,
    build_connection,
    resolve_by_key,
    to_graphql,
)
from entrepot.shared.pagination import read_page_request
from entrepot.subgraphs.catalog import models
from entrepot.subgraphs.catalog.api.images import ProductImage
from entrepot.subgraphs.catalog.api.inputs import ProductFilterInput
from entrepot.subgraphs.catalog.api.loaders import (
    CategoriesByParentIdLoader,
    CategoryByIdLoader,
    ImagesByProductIdLoader,
    PricesByVariantIdLoader,
    ProductByIdLoader,
    ProductBySlugLoader,
    SellerByIdLoader,
    VariantByIdLoader,
    VariantBySkuLoader,
    VariantsByProductIdLoader,
)
from entrepot.subgraphs.catalog.api.visibility import sees_drafts
from entrepot.subgraphs.catalog.config import CatalogDependencies
from entrepot.subgraphs.catalog.repository import CatalogRepository
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
    def from_model(cls, seller: models.Seller) -> Self:
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
    def from_model(cls, price: models.Price) -> Self:
        return cls(
            channel=price.channel,
            currency=CurrencyCode(price.currency),
            amount=Money.of(price.amount),
            compare_at=None if price.compare_at is None else Money.of(price.compare_at),
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

    @strawberry.field
    async def product(self, info: CatalogInfo) -> Product:
        """The product that it is a version of."""
        row = await info.context.loader(ProductByIdLoader).load(self.product_id)
        assert row is not None, "a foreign key keeps the product"
        return Product.from_model(row)

    @strawberry.field
    async def prices(self, info: CatalogInfo) -> list[ProductPrice]:
        """All its prices: one for each channel and currency that it is sold in."""
        rows = await info.context.loader(PricesByVariantIdLoader).load(self.id)
        return [ProductPrice.from_model(row) for row in rows]

    @strawberry.field
    async def price(
        self,
        info: CatalogInfo,
        currency: Annotated[CurrencyCode, strawberry.argument(description="The currency to pay in.")],
        channel: Annotated[
            str, strawberry.argument(description="The sales channel to buy in.")
        ] = models.DEFAULT_CHANNEL,
    ) -> ProductPrice | None:
        """Its price in a currency; null when it is not sold in that currency and channel."""
        rows = await info.context.loader(PricesByVariantIdLoader).load(self.id)
        found = [row for row in rows if row.currency == currency and row.channel == channel]
        return ProductPrice.from_model(found[0]) if found else None

    @classmethod
    def from_model(cls, variant: models.Variant) -> Self:
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

    @strawberry.field
    async def category(self, info: CatalogInfo) -> Category | None:
        """The category that it is listed in; null when it is in none."""
        if self.category_id is None:
            return None
        row = await info.context.loader(CategoryByIdLoader).load(self.category_id)
        return to_graphql(row, Category.from_model)

    @strawberry.field
    async def seller(self, info: CatalogInfo) -> Seller:
        """The merchant who sells it."""
        row = await info.context.loader(SellerByIdLoader).load(self.seller_id)
        assert row is not None, "a foreign key keeps the seller"
        return Seller.from_model(row)

    @strawberry.field
    async def variants(self, info: CatalogInfo) -> list[ProductVariant]:
        """All its variants, at most 100 by default."""
        rows = await info.context.loader(VariantsByProductIdLoader).load(self.id)
        return [ProductVariant.from_model(row) for row in rows]

    @strawberry.field(description="Its pictures by position, the main one first; at most twenty.")
    async def images(self, info: CatalogInfo) -> list[ProductImage]:
        rows = await info.context.loader(ImagesByProductIdLoader).load(self.id)
        return [ProductImage.from_model(row) for row in rows]

    @classmethod
    def from_model(cls, product: models.Product) -> Self:
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

    @strawberry.field
    async def parent(self, info: CatalogInfo) -> Category | None:
        """The category above it; null for a top-level category."""
        if self.parent_id is None:
            return None
        row = await info.context.loader(CategoryByIdLoader).load(self.parent_id)
        return to_graphql(row, Category.from_model)

    @strawberry.field
    async def children(self, info: CatalogInfo) -> list[Category]:
        """The categories directly below it."""
        rows = await info.context.loader(CategoriesByParentIdLoader).load(self.id)
        return [Category.from_model(row) for row in rows]

    @strawberry.field
    async def breadcrumbs(self, info: CatalogInfo) -> list[Category]:
        """The path from the top-level category down to this one, which is the last."""
        rows = await info.context.loader(CategoryByIdLoader).load_many(self.path.strip("/").split("/"))
        return [Category.from_model(row) for row in rows if row is not None]

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
    def from_model(cls, category: models.Category) -> Self:
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
