"""Entities of inventory: locations, their stock and its movements, and the variant, which has an availability."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import PageInfo, Representation, batch_field, read_key, refer_each, resolve_by_key
from entrepot.subgraphs.inventory import models
from entrepot.subgraphs.inventory.api.context import InventoryContext, InventoryInfo
from entrepot.subgraphs.inventory.api.loaders import LocationByIdLoader, StockByVariantIdLoader, VariantByIdLoader
from entrepot.subgraphs.inventory.api.visibility import READ, READ_OR_ADJUST
from entrepot.subgraphs.inventory.repository import sum_available
from entrepot.subgraphs.inventory.states import MovementKind

strawberry.enum(MovementKind, name="StockMovementKind")


@strawberry.federation.type(keys=["id"], requires_scopes=READ_OR_ADJUST)
class Location:
    """A place that holds stock, such as a warehouse or a shop."""

    id: strawberry.ID
    code: str
    """The unique short name, such as main."""
    name: str
    """The name for display."""
    created_at: datetime
    """When the location was created."""

    @classmethod
    def from_model(cls, location: models.Location) -> Self:
        return cls(
            id=strawberry.ID(location.id), code=location.code, name=location.name, created_at=location.created_at
        )

    @classmethod
    async def resolve_references(
        cls, context: InventoryContext, representations: Sequence[Representation]
    ) -> Sequence[Self | None]:
        return await resolve_by_key(context, representations, {"id": LocationByIdLoader}, cls.from_model)


@strawberry.federation.type(requires_scopes=READ_OR_ADJUST)
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

    @strawberry.field
    def variant(self) -> ProductVariant:
        """The variant that is counted."""
        return ProductVariant(id=strawberry.ID(self.variant_id))

    @strawberry.field
    async def sku(self, info: InventoryInfo) -> str:
        """The SKU of the variant, as the catalog last published it."""
        return await _load_sku(info, self.variant_id)

    @strawberry.field
    async def location(self, info: InventoryInfo) -> Location:
        """The location whose stock it is."""
        return await _load_location(info, self.location_id)

    @classmethod
    def from_model(cls, stock: models.Stock) -> Self:
        return cls(
            on_hand=stock.on_hand,
            reserved=stock.reserved,
            available=stock.available,
            variant_id=stock.variant_id,
            location_id=stock.location_id,
        )


@strawberry.federation.type(requires_scopes=READ_OR_ADJUST)
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
    actor_id: strawberry.ID | None
    """The id of the user who made the change; null when an order or the system made it."""
    reference: str | None
    """The id of the order that caused the change; null for changes by staff."""
    occurred_at: datetime
    """When the stock changed."""
    variant_id: strawberry.Private[str]
    location_id: strawberry.Private[str]

    @strawberry.field
    def variant(self) -> ProductVariant:
        """The variant that is counted."""
        return ProductVariant(id=strawberry.ID(self.variant_id))

    @strawberry.field
    async def sku(self, info: InventoryInfo) -> str:
        """The SKU of the variant, as the catalog last published it."""
        return await _load_sku(info, self.variant_id)

    @strawberry.field
    async def location(self, info: InventoryInfo) -> Location:
        """The location whose stock it is."""
        return await _load_location(info, self.location_id)

    @classmethod
    def from_model(cls, movement: models.StockMovement) -> Self:
        return cls(
            id=strawberry.ID(movement.id),
            kind=MovementKind(movement.kind),
            quantity=movement.quantity,
            on_hand_delta=movement.on_hand_delta,
            reserved_delta=movement.reserved_delta,
            reason=movement.reason,
            actor_id=None if movement.actor is None else strawberry.ID(movement.actor),
            reference=movement.reference,
            occurred_at=movement.occurred_at,
            variant_id=movement.variant_id,
            location_id=movement.location_id,
        )


@strawberry.type
class LocationEdge:
    node: Location
    cursor: str


@strawberry.type
class LocationConnection:
    """A page of locations, ordered by code."""

    edges: list[LocationEdge]
    page_info: PageInfo


@strawberry.type
class StockLevelEdge:
    node: StockLevel
    cursor: str


@strawberry.type
class StockLevelConnection:
    """A page of stock levels."""

    edges: list[StockLevelEdge]
    page_info: PageInfo


@strawberry.type
class StockMovementEdge:
    node: StockMovement
    cursor: str


@strawberry.type
class StockMovementConnection:
    """A page of the stock ledger, newest entry first."""

    edges: list[StockMovementEdge]
    page_info: PageInfo


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


@strawberry.federation.type(keys=["id"])
class ProductVariant:
    """The unit of sale: one version of a product, such as a size in a colour, with its own SKU and prices."""

    id: strawberry.ID

    @batch_field
    async def availability(variants: list[ProductVariant], info: InventoryInfo) -> list[Availability]:  # noqa: N805
        """Whether it can be ordered now; a variant that was never in stock has 0 units."""
        available = await info.context.fetch(sum_available, [variant.id for variant in variants])
        limit = info.context.dependencies.settings.low_stock_limit
        return [Availability.of(available[variant.id] or 0, limit) for variant in variants]

    @strawberry.federation.field(requires_scopes=READ)
    async def stock_levels(self, info: InventoryInfo) -> list[StockLevel]:
        """Its stock at each location that has held it."""
        rows = await info.context.loader(StockByVariantIdLoader).load(self.id)
        return [StockLevel.from_model(row) for row in rows]

    @classmethod
    async def resolve_references(
        cls, _context: InventoryContext, representations: Sequence[Representation]
    ) -> Sequence[Self | InvalidInput]:
        return refer_each(representations, lambda given: cls(id=strawberry.ID(read_key(given, "id"))))


async def _load_sku(info: InventoryInfo, variant_id: str) -> str:
    row = await info.context.loader(VariantByIdLoader).load(variant_id)
    assert row is not None, "a foreign key keeps the variant"
    return row.sku


async def _load_location(info: InventoryInfo, location_id: str) -> Location:
    row = await info.context.loader(LocationByIdLoader).load(location_id)
    assert row is not None, "a foreign key keeps the location"
    return Location.from_model(row)
