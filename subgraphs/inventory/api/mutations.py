"""Mutations of inventory, for staff."""

from __future__ import annotations

import strawberry

from entrepot.shared.graphql import mutate_once
from entrepot.subgraphs.inventory import service
from entrepot.subgraphs.inventory.api.inputs import AdjustStockInput, CreateLocationInput
from entrepot.subgraphs.inventory.api.payloads import AdjustStockPayload, CreateLocationPayload
from entrepot.subgraphs.inventory.api.stubs import InventoryInfo
from entrepot.subgraphs.inventory.api.types import Location, StockLevel, StockMovement
from entrepot.subgraphs.inventory.api.visibility import ADJUST


@strawberry.type
class Mutation:
    @strawberry.federation.field(requires_scopes=ADJUST)
    async def create_location(self, info: InventoryInfo, input: CreateLocationInput) -> CreateLocationPayload:
        """Create a location that can hold stock."""
        return await mutate_once(
            info.context,
            CreateLocationPayload,
            lambda unit: service.create_location(unit, code=input.code, name=input.name),
            lambda row: CreateLocationPayload(location=Location.from_model(row)),
            operation="createLocation",
            key=input.idempotency_key,
            given=input,
            identity=lambda row: row.id,
            reload=service.find_location,
        )

    @strawberry.federation.field(requires_scopes=ADJUST)
    async def adjust_stock(self, info: InventoryInfo, input: AdjustStockInput) -> AdjustStockPayload:
        """Add or remove units of a variant at a location, with an entry in the stock ledger."""
        actor = info.context.principal.require_user()
        return await mutate_once(
            info.context,
            AdjustStockPayload,
            lambda unit: service.adjust_stock(
                unit,
                variant_id=input.variant_id,
                location_id=input.location_id,
                delta=input.delta,
                reason=input.reason,
                actor=actor,
            ),
            lambda change: AdjustStockPayload(
                stock_level=StockLevel.from_model(change.stock), movement=StockMovement.from_model(change.movement)
            ),
            operation="adjustStock",
            key=input.idempotency_key,
            given=input,
            identity=lambda change: change.movement.id,
            reload=service.find_stock_change,
        )
