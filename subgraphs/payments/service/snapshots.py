"""Payments as they are published, read from the table: those that were stored before the contract was there."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.events.contracts.payments import PaymentChanged
from entrepot.subgraphs.payments.events import payment_changed
from entrepot.subgraphs.payments.repository import PaymentsRepository
from entrepot.subgraphs.payments.states import PaymentStatus


async def list_payment_states(session: AsyncSession, after: str, limit: int) -> Sequence[PaymentChanged]:
    """The states of the payments whose ids follow, in the order of the ids."""
    payments = await PaymentsRepository(session).list_payments_after(after, limit)
    return [payment_changed(payment, PaymentStatus(payment.status)) for payment in payments]
