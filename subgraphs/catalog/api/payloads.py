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
    errors: list[CreateCategoryError] = strawberry.field(default_factory=list)


@strawberry.type
class CreateProductPayload:
    product: Product | None = None
    errors: list[CreateProductError] = strawberry.field(default_factory=list)


@strawberry.type
class CreateProductVariantPayload:
    variant: ProductVariant | None = None
    errors: list[CreateProductVariantError] = strawberry.field(default_factory=list)


@strawberry.type
class SetProductVariantPricesPayload:
    variant: ProductVariant | None = None
    errors: list[SetProductVariantPricesError] = strawberry.field(default_factory=list)


@strawberry.type
class PublishProductPayload:
    product: Product | None = None
    errors: list[PublishProductError] = strawberry.field(default_factory=list)


@strawberry.type
class ArchiveProductPayload:
    product: Product | None = None
    errors: list[ArchiveProductError] = strawberry.field(default_factory=list)
