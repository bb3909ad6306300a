"""Loaders of inventory, named for their key."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import by_key, grouped
from entrepot.shared.graphql import BatchLoader
from entrepot.subgraphs.inventory.models import KnownVariant, Location, Stock
from entrepot.subgraphs.inventory.repository import InventoryRepository


class LocationByIdLoader(BatchLoader[str, Location | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Location | None]:
        return by_key(keys, await InventoryRepository(session).list_locations_by_ids(keys), lambda row: row.id)


class VariantByIdLoader(BatchLoader[str, KnownVariant | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[KnownVariant | None]:
        return by_key(keys, await InventoryRepository(session).list_variants_by_ids(keys), lambda row: row.id)


class StockByVariantIdLoader(BatchLoader[str, list[Stock]]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[list[Stock]]:
        rows = await InventoryRepository(session).list_stock_by_variant_ids(keys)
        return grouped(keys, rows, lambda row: row.variant_id)
