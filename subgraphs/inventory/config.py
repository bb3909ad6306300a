"""Settings of inventory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InventorySettings:
    """Read from ENTREPOT_INVENTORY_*."""

    low_stock_limit: int = 5
    demo_opening_stock: int = 25
    expiry_batch: int = 100


@dataclass(frozen=True, slots=True)
class InventoryDependencies:
    """What use cases find in `unit.dependencies`; new variants start with `opening_stock`, 0 outside a demo."""

    settings: InventorySettings
    opening_stock: int
