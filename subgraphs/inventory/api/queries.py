"""Queries of inventory, for staff."""

from __future__ import annotations

from typing import Annotated

import strawberry

from entrepot.shared.graphql import Connection, connect, connection, lookup
from entrepot.shared.pagination import PageRequest
from entrepot.subgraphs.inventory import repository
from entrepot.subgraphs.inventory.api.context import InventoryInfo
from entrepot.subgraphs.inventory.api.types import Location, StockLevel, StockMovement
from entrepot.subgraphs.inventory.api.visibility import READ


@strawberry.type
class Query:
    location: Location | None = lookup(requires_scopes=READ)
    """A location by id; null when there is none."""

    @connection(requires_scopes=READ)
    async def locations(self, info: InventoryInfo, page: PageRequest) -> Connection[Location]:
        """All locations, ordered by code."""
        return await connect(info.context, Location, repository.LOCATIONS, page)

    @connection(requires_scopes=READ)
    async def stock_levels(
        self,
        info: InventoryInfo,
        page: PageRequest,
        location_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only stock at this location; all by default.")
        ] = None,
        sku: Annotated[
            str | None, strawberry.argument(description="Only stock of the variant with this SKU; all by default.")
        ] = None,
    ) -> Connection[StockLevel]:
        """Stock by location and variant; both filters can be combined."""
        return await connect(info.context, StockLevel, repository.list_stock(location_id=location_id, sku=sku), page)

    @connection(requires_scopes=READ)
    async def stock_movements(
        self,
        info: InventoryInfo,
        page: PageRequest,
        variant_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only entries of this variant; all by default.")
        ] = None,
        location_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only entries of this location; all by default.")
        ] = None,
    ) -> Connection[StockMovement]:
        """The stock ledger, newest entry first; both filters can be combined."""
        listing = repository.list_movements(variant_id=variant_id, location_id=location_id)
        return await connect(info.context, StockMovement, listing, page)
