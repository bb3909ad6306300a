"""Queries of inventory, for staff."""

from __future__ import annotations

from typing import Annotated

import strawberry

from entrepot.shared.graphql import After, Before, First, Last, build_connection, to_graphql
from entrepot.shared.pagination import read_page_request
from entrepot.subgraphs.inventory.api.context import InventoryInfo
from entrepot.subgraphs.inventory.api.loaders import LocationByIdLoader
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
    @strawberry.federation.field(requires_scopes=READ)
    async def location(
        self, info: InventoryInfo, id: Annotated[strawberry.ID, strawberry.argument(description="`Location.id`.")]
    ) -> Location | None:
        """A location by id; null when there is none."""
        return to_graphql(await info.context.loader(LocationByIdLoader).load(id), Location.from_model)

    @strawberry.federation.field(requires_scopes=READ)
    async def locations(
        self,
        info: InventoryInfo,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> LocationConnection:
        """All locations, ordered by code."""
        request = read_page_request(first, after, last, before)
        async with info.context.reading.open() as session:
            page = await InventoryRepository(session).page_locations(request)
        return build_connection(LocationConnection, LocationEdge, page, Location.from_model)

    @strawberry.federation.field(requires_scopes=READ)
    async def stock_levels(
        self,
        info: InventoryInfo,
        location_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only stock at this location; all by default.")
        ] = None,
        sku: Annotated[
            str | None, strawberry.argument(description="Only stock of the variant with this SKU; all by default.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> StockLevelConnection:
        """Stock by location and variant; both filters can be combined."""
        request = read_page_request(first, after, last, before)
        async with info.context.reading.open() as session:
            page = await InventoryRepository(session).page_stock(request, location_id=location_id, sku=sku)
        return build_connection(StockLevelConnection, StockLevelEdge, page, StockLevel.from_model)

    @strawberry.federation.field(requires_scopes=READ)
    async def stock_movements(
        self,
        info: InventoryInfo,
        variant_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only entries of this variant; all by default.")
        ] = None,
        location_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only entries of this location; all by default.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> StockMovementConnection:
        """The stock ledger, newest entry first; both filters can be combined."""
        request = read_page_request(first, after, last, before)
        async with info.context.reading.open() as session:
            page = await InventoryRepository(session).page_movements(
                request, variant_id=variant_id, location_id=location_id
            )
        return build_connection(StockMovementConnection, StockMovementEdge, page, StockMovement.from_model)
