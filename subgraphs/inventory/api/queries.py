"""Queries of inventory, for staff."""

from __future__ import annotations

import strawberry

from entrepot.shared.graphql import build_connection, present
from entrepot.shared.pagination import read_page_request
from entrepot.subgraphs.inventory.api.loaders import LocationByIdLoader
from entrepot.subgraphs.inventory.api.stubs import InventoryInfo
from entrepot.subgraphs.inventory.api.types import (
    Location,
    LocationConnection,
    LocationEdge,
    StockLevel,
    StockLevelConnection,
    StockLevelEdge,
    StockMovement,
    StockMovementConnection,
    StockMovementEdge,
)
from entrepot.subgraphs.inventory.api.visibility import READ
from entrepot.subgraphs.inventory.repository import InventoryRepository


@strawberry.type
class Query:
    @strawberry.federation.field(requires_scopes=READ, description="A location by its id.")
    async def location(self, info: InventoryInfo, id: strawberry.ID) -> Location | None:
        return present(await info.context.loader(LocationByIdLoader).load(id), Location.from_model)

    @strawberry.federation.field(requires_scopes=READ, description="Locations by their codes.")
    async def locations(
        self,
        info: InventoryInfo,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> LocationConnection:
        request = read_page_request(first, after, last, before)
        async with info.context.database.read() as session:
            page = await InventoryRepository(session).page_locations(request)
        return build_connection(LocationConnection, LocationEdge, page, Location.from_model)

    @strawberry.federation.field(requires_scopes=READ, description="Balances, at one location or of one SKU or all.")
    async def stock_levels(
        self,
        info: InventoryInfo,
        location_id: strawberry.ID | None = None,
        sku: str | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> StockLevelConnection:
        request = read_page_request(first, after, last, before)
        async with info.context.database.read() as session:
            page = await InventoryRepository(session).page_stock(request, location_id=location_id, sku=sku)
        return build_connection(StockLevelConnection, StockLevelEdge, page, StockLevel.from_model)

    @strawberry.federation.field(requires_scopes=READ, description="The stock ledger, newest entry first.")
    async def stock_movements(
        self,
        info: InventoryInfo,
        variant_id: strawberry.ID | None = None,
        location_id: strawberry.ID | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> StockMovementConnection:
        request = read_page_request(first, after, last, before)
        async with info.context.database.read() as session:
            page = await InventoryRepository(session).page_movements(
                request, variant_id=variant_id, location_id=location_id
            )
        return build_connection(StockMovementConnection, StockMovementEdge, page, StockMovement.from_model)
