"""Loaders of payments, named for their key."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import by_key
from entrepot.shared.graphql import BatchLoader
from entrepot.subgraphs.payments.models import Payment
from entrepot.subgraphs.payments.repository import PaymentsRepository


class PaymentByIdLoader(BatchLoader[str, Payment | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Payment | None]:
        return by_key(keys, await PaymentsRepository(session).list_payments_by_ids(keys), lambda row: row.id)


class PaymentByOrderIdLoader(BatchLoader[str, Payment | None]):
    async def load_batch(self, session: AsyncSession, keys: list[str]) -> list[Payment | None]:
        rows = await PaymentsRepository(session).list_payments_by_order_ids(keys)
        return by_key(keys, rows, lambda row: row.order_id)
