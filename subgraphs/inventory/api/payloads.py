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


@error_type(StockReserved)
class StockReservedError(UserError):
    on_hand: int
    reserved: int
    available: int


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
    errors: list[CreateLocationError] = strawberry.field(default_factory=list)


@strawberry.type
class AdjustStockPayload:
    stock_level: StockLevel | None = strawberry.field(default=None, description="The balance as it is now.")
    movement: StockMovement | None = strawberry.field(default=None, description="The entry made in the ledger.")
    errors: list[AdjustStockError] = strawberry.field(default_factory=list)
