"""Carts that their owners left alone end: a guest's expires, a customer's counts as abandoned."""

from __future__ import annotations

from datetime import datetime, timedelta

from entrepot.shared.events import UnitOfWorkFactory
from entrepot.subgraphs.carts.dependencies import CartDependencies
from entrepot.subgraphs.carts.repository import CartRepository
from entrepot.subgraphs.carts.service.unit import announce
from entrepot.subgraphs.carts.states import CartStatus


async def expire_carts(transactions: UnitOfWorkFactory[CartDependencies]) -> int:
    """One round: a batch of each kind; how many carts ended."""
    settings, now = transactions.dependencies.settings, transactions.environment.clock.now()
    rules = (
        (True, settings.guest_days, CartStatus.EXPIRED),
        (False, settings.customer_days, CartStatus.ABANDONED),
    )
    ended = 0
    for guests, days, status in rules:
        since = now - timedelta(days=days)
        async with transactions.database.read() as session:
            cart_ids = await CartRepository(session).list_unused_cart_ids(
                guests=guests, since=since, limit=settings.batch_size
            )
        for cart_id in cart_ids:
            await _end_cart(transactions, cart_id, since, status)
        ended += len(cart_ids)
    return ended


async def _end_cart(
    transactions: UnitOfWorkFactory[CartDependencies], cart_id: str, since: datetime, status: CartStatus
) -> None:
    async with transactions.begin() as unit:
        cart = await CartRepository(unit.session).lock_unused_cart(cart_id, since=since)
        if cart is not None:
            cart.move_to(status)
            await announce(unit, cart)
