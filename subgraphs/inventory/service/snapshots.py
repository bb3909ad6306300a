"""Stock as it is published, read from the tables: that of variants whose last change is not in the outbox any more."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.events.contracts.inventory import StockChanged
from entrepot.subgraphs.inventory.repository import InventoryRepository, sum_available


async def list_stock_states(session: AsyncSession, after: str, limit: int) -> Sequence[StockChanged]:
    """The stock of the variants whose ids follow, in the order of the ids."""
    variants = await InventoryRepository(session).list_variants_after(after, limit)
    available = await sum_available(session, [variant.id for variant in variants])
    return [
        StockChanged(variant_id=variant.id, available=available.get(variant.id, 0), revision=variant.stock_revision)
        for variant in variants
    ]
