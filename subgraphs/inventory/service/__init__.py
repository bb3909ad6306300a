"""Use cases of inventory."""

from entrepot.subgraphs.inventory.service.locations import (
    CreateLocation,
    create_location,
    ensure_main_location,
    find_location,
)
from entrepot.subgraphs.inventory.service.reservations import (
    commit_for_order,
    expire_due,
    expire_for_order,
    hold_for_order,
    release_for_order,
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
    "commit_for_order",
    "create_location",
    "ensure_main_location",
    "expire_due",
    "expire_for_order",
    "find_location",
    "find_stock_change",
    "hold_for_order",
    "receive_delivery",
    "receive_stock",
    "release_for_order",
]
