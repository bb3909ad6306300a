"""Inputs of inventory."""

from __future__ import annotations

import strawberry


@strawberry.input
class CreateLocationInput:
    code: str = strawberry.field(description="A short unique name: lower-case words joined by hyphens.")
    name: str
    idempotency_key: str


@strawberry.input
class AdjustStockInput:
    variant_id: strawberry.ID
    location_id: strawberry.ID
    delta: int = strawberry.field(description="By how many pieces the stock grows or, when negative, shrinks.")
    reason: str
    idempotency_key: str
