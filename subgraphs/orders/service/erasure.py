"""Erasure of a customer's personal data from their orders."""

from __future__ import annotations

from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.service.unit import Unit


async def erase_addresses(unit: Unit, user_id: str) -> int:
    """Reduce the shipping addresses of the customer's orders to the country; the orders stay, for the accounts."""
    return await OrderRepository(unit.session).erase_addresses(user_id)
