"""Mutations of inventory, for staff."""

from __future__ import annotations

from typing import Final

from entrepot.shared.errors import InvalidInput, NotFound
from entrepot.shared.graphql import Once, Shows, by_id, mutation
from entrepot.subgraphs.inventory import service
from entrepot.subgraphs.inventory.api.types import Location, StockLevel, StockMovement
from entrepot.subgraphs.inventory.api.visibility import ADJUST
from entrepot.subgraphs.inventory.errors import LocationCodeTaken, StockReserved

MUTATIONS: Final = (
    mutation(
        service.create_location,
        scopes=ADJUST,
        is_audited=True,
        shows={"location": Shows(Location, "The new location")},
        refuses=(InvalidInput, LocationCodeTaken),
        once=Once(lambda row: row.id, by_id(service.find_location)),
    ),
    mutation(
        service.adjust_stock,
        scopes=ADJUST,
        is_audited=True,
        shows={
            "stock_level": Shows(StockLevel, "The stock after the adjustment", lambda change, _: change.stock),
            "movement": Shows(StockMovement, "The new entry of the stock ledger"),
        },
        refuses=(InvalidInput, NotFound, StockReserved),
        once=Once(lambda change: change.movement.id, by_id(service.find_stock_change)),
    ),
)
