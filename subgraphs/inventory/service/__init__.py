"""Use cases of inventory."""

from entrepot.subgraphs.inventory.service.locations import (
    CreateLocation,
    create_location,
    ensure_main_location,
    find_location,
)
from entrepot.subgraphs.inventory.service.reservations import (
    commit_stock,
    expire_due,
    expire_reservation,
    hold_stock,
    release_stock,
)
from entrepot.subgraphs.inventory.service.stock import (
    AdjustStock,
    StockChange,
    Unit,
    adjust_stock,
    find_stock_change,
    receive_delivery,
    receive_stock,
)

__all__ = [
    "AdjustStock",
    "CreateLocation",
    "StockChange",
    "Unit",
    "adjust_stock",
    "commit_stock",
    "create_location",
    "ensure_main_location",
    "expire_due",
    "expire_reservation",
    "find_location",
    "find_stock_change",
    "hold_stock",
    "receive_delivery",
    "receive_stock",
    "release_stock",
]
