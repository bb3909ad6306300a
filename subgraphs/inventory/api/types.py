"""Entities of inventory: locations, and what lies and moves there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from entrepot.shared.graphql import PageInfo, Representation, resolve_by_key
from entrepot.subgraphs.inventory import models
from entrepot.subgraphs.inventory.api.loaders import LocationByIdLoader, VariantByIdLoader
from entrepot.subgraphs.inventory.api.stubs import InventoryContext, InventoryInfo, ProductVariant
from entrepot.subgraphs.inventory.api.visibility import READ_OR_ADJUST
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


async def _load_sku(info: InventoryInfo, variant_id: str) -> str:
    row = await info.context.loader(VariantByIdLoader).load(variant_id)
    assert row is not None, "a foreign key keeps the variant"
    return row.sku


async def _load_location(info: InventoryInfo, location_id: str) -> Location:
    row = await info.context.loader(LocationByIdLoader).load(location_id)
    assert row is not None, "a foreign key keeps the location"
    return Location.from_model(row)
