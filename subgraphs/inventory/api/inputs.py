"""Inputs of inventory."""

from __future__ import annotations

import strawberry


@strawberry.input
class CreateLocationInput:
    code: str
    """A unique short name such as main-warehouse: lower-case letters, digits and hyphens, at most 64."""
    name: str
    """The name for display, 1 to 200 characters."""
    idempotency_key: str


@strawberry.input
class AdjustStockInput:
    variant_id: strawberry.ID
    """The variant whose stock changes: `ProductVariant.id`."""
    location_id: strawberry.ID
    """The location whose stock changes: `Location.id`."""
    delta: int
    """The number of units to add or, when negative, to remove; not 0, at most 10,000,000 either way."""
    reason: str
    """Why the stock is corrected, for the stock ledger; 1 to 200 characters."""
    idempotency_key: str
