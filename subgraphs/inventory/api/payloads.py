"""Payloads of inventory's mutations and the errors they may hold."""

from __future__ import annotations

from typing import Annotated

import strawberry

from entrepot.shared.graphql import IdempotencyConflictError, InvalidInputError, NotFoundError, UserError, error_type
from entrepot.subgraphs.inventory.api.types import Location, StockLevel, StockMovement
from entrepot.subgraphs.inventory.errors import LocationCodeTaken, StockReserved


@error_type(LocationCodeTaken)
class LocationCodeTakenError(UserError):
    location_code: str
    """The code that is in use."""


@error_type(StockReserved)
class StockReservedError(UserError):
    on_hand: int
    """The units at the location, reserved ones included."""
    reserved: int
    """The units that are reserved for orders and cannot be removed."""
    available: int
    """The units that can be removed: `onHand` minus `reserved`."""


CreateLocationError = Annotated[
    InvalidInputError | LocationCodeTakenError | IdempotencyConflictError, strawberry.union("CreateLocationError")
]
AdjustStockError = Annotated[
    InvalidInputError | NotFoundError | StockReservedError | IdempotencyConflictError,
    strawberry.union("AdjustStockError"),
]


@strawberry.type
class CreateLocationPayload:
    location: Location | None = None
    """The new location; null when the mutation was refused."""
    errors: list[CreateLocationError] = strawberry.field(default_factory=list)


@strawberry.type
class AdjustStockPayload:
    stock_level: StockLevel | None = None
    """The stock after the adjustment; null when the mutation was refused."""
    movement: StockMovement | None = None
    """The new entry of the stock ledger; null when the mutation was refused."""
    errors: list[AdjustStockError] = strawberry.field(default_factory=list)
