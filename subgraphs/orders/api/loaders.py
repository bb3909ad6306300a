"""Loaders of orders, named for their key."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import by_key, grouped
from entrepot.shared.events.saga.progress import SagaProgress, read_progress
from entrepot.shared.graphql import BatchLoader
from entrepot.subgraphs.orders.models import Order, OrderLine, OrderStatusChange
from entrepot.subgraphs.orders.placement import PLACEMENT
from entrepot.subgraphs.orders.repository import OrderRepository


class OrderByIdLoader(BatchLoader[str, Order | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Order | None]:
        return by_key(keys, await OrderRepository(session).list_orders_by_ids(keys), lambda row: row.id)


class OrderLinesByOrderIdLoader(BatchLoader[str, list[OrderLine]]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[list[OrderLine]]:
        rows = await OrderRepository(session).list_lines_by_order_ids(keys)
        return grouped(keys, rows, lambda row: row.order_id)


class StatusChangesByOrderIdLoader(BatchLoader[str, list[OrderStatusChange]]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[list[OrderStatusChange]]:
        rows = await OrderRepository(session).list_changes_by_order_ids(keys)
        return grouped(keys, rows, lambda row: row.order_id)


class PlacementByOrderIdLoader(BatchLoader[str, SagaProgress | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[SagaProgress | None]:
        found = await read_progress(session, PLACEMENT, keys)
        return [found.get(key) for key in keys]
