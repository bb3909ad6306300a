"""Payloads of the catalog's mutations and the errors they may hold."""

from __future__ import annotations

from typing import Annotated

import strawberry

from entrepot.shared.graphql import (
    IdempotencyConflictError,
    InvalidInputError,
    InvalidTransitionError,
    NotFoundError,
    StaleVersionError,
    UserError,
    error_type,
)
from entrepot.subgraphs.catalog.api.types import Category, Product, ProductVariant
from entrepot.subgraphs.catalog.errors import NameTaken, NotSellable


@error_type(NameTaken)
class NameTakenError(UserError):
    name: str
    """The slug or SKU that is in use."""


@error_type(NotSellable)
class NotSellableError(UserError):
    pass


CreateCategoryError = Annotated[
    InvalidInputError | NotFoundError | NameTakenError | IdempotencyConflictError,
    strawberry.union("CreateCategoryError"),
]
CreateProductError = Annotated[
    InvalidInputError | NotFoundError | NameTakenError | IdempotencyConflictError,
    strawberry.union("CreateProductError"),
]
CreateProductVariantError = Annotated[
    InvalidInputError | NotFoundError | NameTakenError | IdempotencyConflictError,
    strawberry.union("CreateProductVariantError"),
]
SetProductVariantPricesError = Annotated[
    InvalidInputError | NotFoundError | StaleVersionError, strawberry.union("SetProductVariantPricesError")
]
PublishProductError = Annotated[
    NotFoundError | NotSellableError | InvalidTransitionError | StaleVersionError,
    strawberry.union("PublishProductError"),
]
ArchiveProductError = Annotated[
    NotFoundError | InvalidTransitionError | StaleVersionError, strawberry.union("ArchiveProductError")
]


@strawberry.type
class CreateCategoryPayload:
    category: Category | None = None
    """The new category; null when the mutation was refused."""
    errors: list[CreateCategoryError] = strawberry.field(default_factory=list)


@strawberry.type
class CreateProductPayload:
    product: Product | None = None
    """The new product, a draft; null when the mutation was refused."""
    errors: list[CreateProductError] = strawberry.field(default_factory=list)


@strawberry.type
class CreateProductVariantPayload:
    variant: ProductVariant | None = None
    """The new variant; null when the mutation was refused."""
    errors: list[CreateProductVariantError] = strawberry.field(default_factory=list)


@strawberry.type
class SetProductVariantPricesPayload:
    variant: ProductVariant | None = None
    """The variant with its new prices; null when the mutation was refused."""
    errors: list[SetProductVariantPricesError] = strawberry.field(default_factory=list)


@strawberry.type
class PublishProductPayload:
    product: Product | None = None
    """The published product; null when the mutation was refused."""
    errors: list[PublishProductError] = strawberry.field(default_factory=list)


@strawberry.type
class ArchiveProductPayload:
    product: Product | None = None
    """The archived product; null when the mutation was refused."""
    errors: list[ArchiveProductError] = strawberry.field(default_factory=list)
