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

strawberry.enum(MovementKind, name="StockMovementKind", description="Why stock moved.")


@strawberry.federation.type(keys=["id"], requires_scopes=READ_OR_ADJUST, description="Where stock lies.")
class Location:
    id: strawberry.ID
    code: str = strawberry.field(description="Its short unique name, such as main.")
    name: str
    created_at: datetime

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


@strawberry.federation.type(
    requires_scopes=READ_OR_ADJUST, description="How much of a variant there is at one location."
)
class StockLevel:
    on_hand: int = strawberry.field(description="Pieces on the shelf.")
    reserved: int = strawberry.field(description="Pieces of these that are kept for orders.")
    available: int = strawberry.field(description="Pieces that can be promised.")
    variant_id: strawberry.Private[str]
    location_id: strawberry.Private[str]

    @strawberry.field
    def variant(self) -> ProductVariant:
        return ProductVariant(id=strawberry.ID(self.variant_id))

    @strawberry.field(description="The variant's stock keeping unit, as the catalog last told it.")
    async def sku(self, info: InventoryInfo) -> str:
        return await _load_sku(info, self.variant_id)

    @strawberry.field
    async def location(self, info: InventoryInfo) -> Location:
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


@strawberry.federation.type(
    requires_scopes=READ_OR_ADJUST, description="One entry of the stock ledger; entries are never changed."
)
class StockMovement:
    id: strawberry.ID
    kind: MovementKind
    quantity: int = strawberry.field(description="How many pieces it is about.")
    on_hand_delta: int = strawberry.field(description="By how much the pieces on the shelf changed.")
    reserved_delta: int = strawberry.field(description="By how much the reserved pieces changed.")
    reason: str | None
    actor_id: strawberry.ID | None = strawberry.field(description="The user who did it; null when an order was it.")
    reference: str | None = strawberry.field(description="The id of the order that was the cause.")
    occurred_at: datetime
    variant_id: strawberry.Private[str]
    location_id: strawberry.Private[str]

    @strawberry.field
    def variant(self) -> ProductVariant:
        return ProductVariant(id=strawberry.ID(self.variant_id))

    @strawberry.field(description="The variant's stock keeping unit, as the catalog last told it.")
    async def sku(self, info: InventoryInfo) -> str:
        return await _load_sku(info, self.variant_id)

    @strawberry.field
    async def location(self, info: InventoryInfo) -> Location:
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


@strawberry.type(description="A page of locations.")
class LocationConnection:
    edges: list[LocationEdge]
    page_info: PageInfo


@strawberry.type
class StockLevelEdge:
    node: StockLevel
    cursor: str


@strawberry.type(description="A page of stock levels.")
class StockLevelConnection:
    edges: list[StockLevelEdge]
    page_info: PageInfo


@strawberry.type
class StockMovementEdge:
    node: StockMovement
    cursor: str


@strawberry.type(description="A page of the stock ledger.")
class StockMovementConnection:
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
