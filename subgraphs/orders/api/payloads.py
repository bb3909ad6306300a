"""Payloads of the mutations of orders and the errors they may hold."""

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
from entrepot.subgraphs.orders.api.types import Order
from entrepot.subgraphs.orders.errors import CartAlreadyOrdered, CartChangedSince, CartNotOrderable, CartNotReady


@error_type(CartNotReady)
class CartNotReadyError(UserError):
    pass


@error_type(CartChangedSince)
class CartChangedError(UserError):
    revision: int
    """The current `Cart.revision`."""


@error_type(CartNotOrderable)
class CartNotOrderableError(UserError):
    problems: list[str]
    """The SKUs of the lines that cannot be ordered; empty when the cart has no lines."""


@error_type(CartAlreadyOrdered)
class CartAlreadyOrderedError(UserError):
    pass


PlaceOrderError = Annotated[
    InvalidInputError
    | NotFoundError
    | IdempotencyConflictError
    | CartNotReadyError
    | CartChangedError
    | CartNotOrderableError
    | CartAlreadyOrderedError,
    strawberry.union("PlaceOrderError"),
]
CancelOrderError = Annotated[
    NotFoundError | InvalidTransitionError | StaleVersionError, strawberry.union("CancelOrderError")
]


@strawberry.type
class PlaceOrderPayload:
    order: Order | None = None
    """The new order, PENDING; null when the mutation was refused."""
    errors: list[PlaceOrderError] = strawberry.field(default_factory=list)


@strawberry.type
class CancelOrderPayload:
    order: Order | None = None
    """The order, which may still be PENDING while it is undone; null when the mutation was refused."""
    errors: list[CancelOrderError] = strawberry.field(default_factory=list)
