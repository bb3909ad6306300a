"""Loaders of carts, named for their key."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import by_key, grouped
from entrepot.shared.graphql import BatchLoader
from entrepot.subgraphs.carts.models import Cart, CartLine, Variant
from entrepot.subgraphs.carts.repository import CartRepository


class CartByIdLoader(BatchLoader[str, Cart | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Cart | None]:
        return by_key(keys, await CartRepository(session).list_carts_by_ids(keys), lambda row: row.id)


class CurrentCartByOwnerIdLoader(BatchLoader[str, Cart | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Cart | None]:
        rows = await CartRepository(session).list_current_by_owner_ids(keys)
        return by_key(keys, rows, lambda row: row.owner_id or "")


class ContentByCartRevisionLoader(BatchLoader[tuple[str, int], list[tuple[CartLine, Variant]]]):
    """By cart id and revision: of two changes in one request, each shows what it made."""

    async def load_batch(
        self, session: AsyncSession, keys: list[tuple[str, int]]
    ) -> list[list[tuple[CartLine, Variant]]]:
        ids = [cart_id for cart_id, _revision in keys]
        return grouped(ids, await CartRepository(session).list_content(ids), lambda row: row[0].cart_id)
