"""Entities of the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Self

import strawberry
from strawberry.types import Info

from entrepot.shared.graphql import (
    Context,
    CurrencyCode,
    Money,
    PageInfo,
    Representation,
    build_connection,
    present,
    resolve_by_key,
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
from entrepot.subgraphs.catalog.config import CatalogSettings
from entrepot.subgraphs.catalog.repository import CatalogRepository
from entrepot.subgraphs.catalog.search import ProductFilter
from entrepot.subgraphs.catalog.states import PRODUCT, ProductStatus

CatalogContext = Context[CatalogSettings]
CatalogInfo = Info[CatalogContext, None]

strawberry.enum(ProductStatus, description="Who sees a product.")


@strawberry.federation.type(keys=["id"], description="Who sells a product.")
class Seller:
    id: strawberry.ID
    name: str

    @classmethod
    def from_model(cls, seller: models.Seller) -> Self:
        return cls(id=strawberry.ID(seller.id), name=seller.name)

    @classmethod
    async def resolve_references(
        cls, context: CatalogContext, representations: Sequence[Representation]
    ) -> Sequence[Self | None]:
        return await resolve_by_key(context, representations, {"id": SellerByIdLoader}, cls.from_model)


@strawberry.type(description="What a variant costs in one channel and currency.")
class ProductPrice:
    channel: str
    currency: CurrencyCode
    amount: Money
    compare_at: Money | None = strawberry.field(description="What it cost before.")

    @classmethod
    def from_model(cls, price: models.Price) -> Self:
        return cls(
            channel=price.channel,
            currency=CurrencyCode(price.currency),
            amount=Money.of(price.amount),
            compare_at=None if price.compare_at is None else Money.of(price.compare_at),
        )


@strawberry.type(description="One property of a variant, such as its size.")
class VariantAttribute:
    name: str
    value: str


@strawberry.federation.type(keys=["id", "sku"], description="What is bought: one size, one colour of a product.")
class ProductVariant:
    id: strawberry.ID
    sku: str
    name: str
    attributes: list[VariantAttribute]
    product_id: strawberry.Private[str]

    @strawberry.field
    async def product(self, info: CatalogInfo) -> Product:
        row = await info.context.loader(ProductByIdLoader).load(self.product_id)
        assert row is not None, "a foreign key keeps the product"
        return Product.from_model(row)

    @strawberry.field(description="Its prices by channel and currency.")
    async def prices(self, info: CatalogInfo) -> list[ProductPrice]:
        rows = await info.context.loader(PricesByVariantIdLoader).load(self.id)
        return [ProductPrice.from_model(row) for row in rows]

    @strawberry.field(description="Its price in a currency, null where it has none.")
    async def price(
        self, info: CatalogInfo, currency: CurrencyCode, channel: str = models.DEFAULT_CHANNEL
    ) -> ProductPrice | None:
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


@strawberry.federation.type(keys=["id", "slug"], description="What is shown on one page.")
class Product:
    id: strawberry.ID
    slug: str
    name: str
    description: str
    status: ProductStatus
    is_featured: bool
    created_at: datetime
    updated_at: datetime
    category_id: strawberry.Private[str | None]
    seller_id: strawberry.Private[str]

    @strawberry.field(description="The states the product may go to.")
    def allowed_transitions(self) -> list[ProductStatus]:
        return sorted(PRODUCT.next_states(self.status))

    @strawberry.field
    async def category(self, info: CatalogInfo) -> Category | None:
        if self.category_id is None:
            return None
        row = await info.context.loader(CategoryByIdLoader).load(self.category_id)
        return present(row, Category.from_model)

    @strawberry.field
    async def seller(self, info: CatalogInfo) -> Seller:
        row = await info.context.loader(SellerByIdLoader).load(self.seller_id)
        assert row is not None, "a foreign key keeps the seller"
        return Seller.from_model(row)

    @strawberry.field(description="What can be bought of it; at most a hundred.")
    async def variants(self, info: CatalogInfo) -> list[ProductVariant]:
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


@strawberry.type(description="A page of products.")
class ProductConnection:
    edges: list[ProductEdge]
    page_info: PageInfo


@strawberry.federation.type(keys=["id"], description="A node of the category tree.")
class Category:
    id: strawberry.ID
    slug: str
    name: str
    image: ProductImage | None = strawberry.field(description="Its picture, null where it has none.")
    parent_id: strawberry.Private[str | None]
    path: strawberry.Private[str]

    @strawberry.field
    async def parent(self, info: CatalogInfo) -> Category | None:
        if self.parent_id is None:
            return None
        row = await info.context.loader(CategoryByIdLoader).load(self.parent_id)
        return present(row, Category.from_model)

    @strawberry.field
    async def children(self, info: CatalogInfo) -> list[Category]:
        rows = await info.context.loader(CategoriesByParentIdLoader).load(self.id)
        return [Category.from_model(row) for row in rows]

    @strawberry.field(description="The way from the root of the tree to this category, itself included.")
    async def breadcrumbs(self, info: CatalogInfo) -> list[Category]:
        rows = await info.context.loader(CategoryByIdLoader).load_many(self.path.strip("/").split("/"))
        return [Category.from_model(row) for row in rows if row is not None]

    @strawberry.field(description="Products of this category and those below it that pass the filter.")
    async def products(
        self,
        info: CatalogInfo,
        filter: ProductFilterInput | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> ProductConnection:
        wanted = replace(filter.to_filter() if filter else ProductFilter(), below_id=self.id)
        request = read_page_request(first, after, last, before)
        async with info.context.database.read() as session:
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
