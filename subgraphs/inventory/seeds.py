"""Demo data of inventory: one location; stock comes with the variants that the catalog announces."""

from __future__ import annotations

from entrepot.shared.events import UnitOfWorkFactory
from entrepot.subgraphs.inventory.config import InventoryDependencies
from entrepot.subgraphs.inventory.service import ensure_main_location


async def seed(transactions: UnitOfWorkFactory[InventoryDependencies]) -> None:
    """The location `main`; safe to call twice."""
    async with transactions.begin() as unit:
        await ensure_main_location(unit)
