"""Entities of inventory: locations, their stock and its movements, and the variant, which has an availability."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

import strawberry
from sqlalchemy import Row

from entrepot.shared.graphql import batch_field, derived, entity, extension, many, one, refers, row_type
from entrepot.subgraphs.inventory import repository
from entrepot.subgraphs.inventory.api.context import InventoryInfo
from entrepot.subgraphs.inventory.api.visibility import READ, READ_OR_ADJUST
from entrepot.subgraphs.inventory.states import MovementKind

strawberry.enum(MovementKind, name="StockMovementKind")


def _read_sku(variant: Row[Any]) -> str:
    return str(variant.sku)


@entity({"id": repository.LOCATIONS_BY_ID}, requires_scopes=READ_OR_ADJUST)
class Location:
    """A place that holds stock, such as a warehouse or a shop."""

    id: strawberry.ID
    code: str
    """The unique short name, such as main."""
    name: str
    """The name for display."""
    created_at: datetime
    """When the location was created."""


@row_type(requires_scopes=READ_OR_ADJUST)
class StockLevel:
    """The stock of one variant at one location, in units."""

    on_hand: int
    """The units at the location, reserved ones included."""
    reserved: int
    """The units that are reserved for orders and not shipped yet."""
    available: int
    """The units that can be ordered: `onHand` minus `reserved`."""
    variant_id: strawberry.Private[str]
    location_id: strawberry.Private[str]

    variant: ProductVariant = refers(lambda row: ProductVariant(id=row.variant_id))
    """The variant that is counted."""
    sku: str = one(repository.VARIANTS_BY_ID, by="variant_id", convert=_read_sku)
    """The SKU of the variant, as the catalog last published it."""
    location: Location = one(repository.LOCATIONS_BY_ID, by="location_id")
    """The location whose stock it is."""


@row_type(requires_scopes=READ_OR_ADJUST)
class StockMovement:
    """An entry of the stock ledger; entries are never changed or deleted."""

    id: strawberry.ID
    kind: MovementKind
    """Why the stock changed."""
    quantity: int
    """The number of units concerned, without a sign."""
    on_hand_delta: int
    """The change of the units at the location; 0 when only reservations changed."""
    reserved_delta: int
    """The change of the reserved units."""
    reason: str | None
    """The reason given by staff; null when an order caused the change."""
    actor_id: strawberry.ID | None = derived(lambda row: row.actor)
    """The id of the user who made the change; null when an order or the system made it."""
    reference: str | None
    """The id of the order that caused the change; null for changes by staff."""
    occurred_at: datetime
    """When the stock changed."""
    variant_id: strawberry.Private[str]
    location_id: strawberry.Private[str]

    variant: ProductVariant = refers(lambda row: ProductVariant(id=row.variant_id))
    """The variant that is counted."""
    sku: str = one(repository.VARIANTS_BY_ID, by="variant_id", convert=_read_sku)
    """The SKU of the variant, as the catalog last published it."""
    location: Location = one(repository.LOCATIONS_BY_ID, by="location_id")
    """The location whose stock it is."""


@strawberry.type
class Availability:
    """Whether a variant can be ordered now."""

    available: int
    """The number of units that can be ordered: on hand and not reserved, over all locations."""
    is_in_stock: bool
    """Whether at least one unit can be ordered."""
    is_low: bool
    """Whether few units are left: at least 1, and at most the limit that the shop has set, 5 by default."""

    @classmethod
    def of(cls, available: int, low_stock_limit: int) -> Self:
        return cls(available=available, is_in_stock=available > 0, is_low=0 < available <= low_stock_limit)


@extension
class ProductVariant:
    """The unit of sale: one version of a product, such as a size in a colour, with its own SKU and prices."""

    id: strawberry.ID

    @batch_field
    async def availability(variants: list[ProductVariant], info: InventoryInfo) -> list[Availability]:  # noqa: N805
        """Whether it can be ordered now; a variant that was never in stock has 0 units."""
        available = await info.context.fetch(repository.sum_available, [variant.id for variant in variants])
        limit = info.context.dependencies.settings.low_stock_limit
        return [Availability.of(available[variant.id] or 0, limit) for variant in variants]

    stock_levels: list[StockLevel] = many(repository.STOCK_BY_VARIANT_ID, by="id", expected=5, requires_scopes=READ)
    """Its stock at each location that has held it."""
