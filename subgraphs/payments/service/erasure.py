"""Erasing what payments store of a person: payment methods; payments and the ledger refer to customers by id."""

from __future__ import annotations

from entrepot.subgraphs.payments.repository import PaymentsRepository
from entrepot.subgraphs.payments.service.unit import Unit


async def erase_payment_methods(unit: Unit, user_id: str) -> int:
    """Delete the user's payment methods; returns how many."""
    return await PaymentsRepository(unit.session).delete_methods_of(user_id)
