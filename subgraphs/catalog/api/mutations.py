"""Mutations of the catalog, for staff."""

from __future__ import annotations

from typing import Final

import strawberry

from entrepot.shared.graphql import mutate, mutate_once
from entrepot.subgraphs.catalog import service
from entrepot.subgraphs.catalog.api.inputs import (
    ArchiveProductInput,
    CreateCategoryInput,
    CreateProductInput,
    CreateProductVariantInput,
    PublishProductInput,
    SetProductVariantPricesInput,
)
from entrepot.subgraphs.catalog.api.payloads import (
    ArchiveProductPayload,
    CreateCategoryPayload,
    CreateProductPayload,
    CreateProductVariantPayload,
    PublishProductPayload,
    SetProductVariantPricesPayload,
)
from entrepot.subgraphs.catalog.api.types import CatalogInfo, Category, Product, ProductVariant
from entrepot.subgraphs.catalog.api.visibility import WRITE

_SCOPES: Final = [[WRITE]]


@strawberry.type
class Mutation:
    @strawberry.federation.field(requires_scopes=_SCOPES)
    async def create_category(self, info: CatalogInfo, input: CreateCategoryInput) -> CreateCategoryPayload:
        """Create a category, as a root or below another one."""
        return await mutate_once(
            info.context,
            CreateCategoryPayload,
            lambda unit: service.create_category(
                unit,
                name=input.name,
                slug=input.slug,
                parent_id=input.parent_id,
                image=input.image.to_image() if input.image else None,
            ),
            lambda row: CreateCategoryPayload(category=Category.from_model(row)),
            operation="createCategory",
            key=input.idempotency_key,
            given=input,
            identity=lambda row: row.id,
            reload=service.find_category,
        )

    @strawberry.federation.field(requires_scopes=_SCOPES)
    async def create_product(self, info: CatalogInfo, input: CreateProductInput) -> CreateProductPayload:
        """Create a product as a draft, visible to staff until it is published."""
        return await mutate_once(
            info.context,
            CreateProductPayload,
            lambda unit: service.create_product(
                unit,
                name=input.name,
                slug=input.slug,
                description=input.description,
                category_id=input.category_id,
                is_featured=input.is_featured,
                images=[image.to_image() for image in input.images],
            ),
            lambda row: CreateProductPayload(product=Product.from_model(row)),
            operation="createProduct",
            key=input.idempotency_key,
            given=input,
            identity=lambda row: row.id,
            reload=service.find_product,
        )

    @strawberry.federation.field(requires_scopes=_SCOPES)
    async def create_product_variant(
        self, info: CatalogInfo, input: CreateProductVariantInput
    ) -> CreateProductVariantPayload:
        """Add a variant with its prices to a product."""
        return await mutate_once(
            info.context,
            CreateProductVariantPayload,
            lambda unit: service.create_variant(
                unit,
                product_id=input.product_id,
                sku=input.sku,
                name=input.name,
                prices=[price.to_offer() for price in input.prices],
                attributes={attribute.name: attribute.value for attribute in input.attributes},
            ),
            lambda row: CreateProductVariantPayload(variant=ProductVariant.from_model(row)),
            operation="createProductVariant",
            key=input.idempotency_key,
            given=input,
            identity=lambda row: row.id,
            reload=service.find_variant,
        )

    @strawberry.federation.field(requires_scopes=_SCOPES)
    async def set_product_variant_prices(
        self, info: CatalogInfo, input: SetProductVariantPricesInput
    ) -> SetProductVariantPricesPayload:
        """Add or replace prices of a variant; carts show them from then on, orders keep theirs."""
        return await mutate(
            info.context,
            SetProductVariantPricesPayload,
            lambda unit: service.set_prices(
                unit, variant_id=input.variant_id, prices=[price.to_offer() for price in input.prices]
            ),
            lambda row: SetProductVariantPricesPayload(variant=ProductVariant.from_model(row)),
        )

    @strawberry.federation.field(requires_scopes=_SCOPES)
    async def publish_product(self, info: CatalogInfo, input: PublishProductInput) -> PublishProductPayload:
        """Make a draft or archived product visible to everyone and available for orders."""
        return await mutate(
            info.context,
            PublishProductPayload,
            lambda unit: service.publish_product(unit, product_id=input.product_id),
            lambda row: PublishProductPayload(product=Product.from_model(row)),
        )

    @strawberry.federation.field(requires_scopes=_SCOPES)
    async def archive_product(self, info: CatalogInfo, input: ArchiveProductInput) -> ArchiveProductPayload:
        """Withdraw a product from sale; existing orders are not affected."""
        return await mutate(
            info.context,
            ArchiveProductPayload,
            lambda unit: service.archive_product(unit, product_id=input.product_id),
            lambda row: ArchiveProductPayload(product=Product.from_model(row)),
        )
