"""Payloads of the mutations of carts and the errors they may hold."""

from __future__ import annotations

from typing import Annotated

import strawberry

from entrepot.shared.graphql import (
    IdempotencyConflictError,
    InvalidInputError,
    NotFoundError,
    StaleVersionError,
    UserError,
    error_type,
)
from entrepot.subgraphs.carts.api.types import Cart
from entrepot.subgraphs.carts.errors import (
    CartFull,
    CartNotActive,
    GuestCartExists,
    VariantNotForSale,
    VariantNotPriced,
)
from entrepot.subgraphs.carts.states import CartStatus


@error_type(CartNotActive)
class CartNotActiveError(UserError):
    cart_status: CartStatus
    """The current state of the cart."""


@error_type(CartFull)
class CartFullError(UserError):
    max_lines: int
    """The maximum number of lines of a cart, 200 by default."""


@error_type(VariantNotForSale)
class VariantNotForSaleError(UserError):
    pass


@error_type(VariantNotPriced)
class VariantNotPricedError(UserError):
    pass


@error_type(GuestCartExists)
class GuestCartExistsError(UserError):
    pass


CreateCartError = Annotated[
    InvalidInputError | IdempotencyConflictError | GuestCartExistsError, strawberry.union("CreateCartError")
]
AddCartLineError = Annotated[
    InvalidInputError
    | NotFoundError
    | CartNotActiveError
    | CartFullError
    | VariantNotForSaleError
    | VariantNotPricedError
    | StaleVersionError
    | IdempotencyConflictError,
    strawberry.union("AddCartLineError"),
]
ChangeCartLineError = Annotated[
    InvalidInputError
    | NotFoundError
    | CartNotActiveError
    | VariantNotForSaleError
    | VariantNotPricedError
    | StaleVersionError,
    strawberry.union("ChangeCartLineError"),
]
RemoveCartLineError = Annotated[
    NotFoundError | CartNotActiveError | StaleVersionError, strawberry.union("RemoveCartLineError")
]
ClaimCartError = Annotated[NotFoundError | CartNotActiveError, strawberry.union("ClaimCartError")]


@strawberry.type
class CreateCartPayload:
    cart: Cart | None = None
    """The new, empty cart; null when the mutation was refused."""
    guest_token: str | None = None
    """The secret that gives access to a guest cart. It is returned only here, so store it; null for a customer."""
    errors: list[CreateCartError] = strawberry.field(default_factory=list)


@strawberry.type
class AddCartLinePayload:
    cart: Cart | None = None
    """The cart after the change; null when the mutation was refused."""
    errors: list[AddCartLineError] = strawberry.field(default_factory=list)


@strawberry.type
class ChangeCartLinePayload:
    cart: Cart | None = None
    """The cart after the change; null when the mutation was refused."""
    errors: list[ChangeCartLineError] = strawberry.field(default_factory=list)


@strawberry.type
class RemoveCartLinePayload:
    cart: Cart | None = None
    """The cart after the change; null when the mutation was refused."""
    errors: list[RemoveCartLineError] = strawberry.field(default_factory=list)


@strawberry.type
class ClaimCartPayload:
    cart: Cart | None = None
    """The customer's cart with the lines of the guest cart; null when the mutation was refused."""
    errors: list[ClaimCartError] = strawberry.field(default_factory=list)
