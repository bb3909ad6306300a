"""Carts that their owners left alone end: a guest's expires, a customer's counts as abandoned."""

from __future__ import annotations

from datetime import timedelta

from entrepot.shared.events import UnitOfWorkFactory
from entrepot.subgraphs.carts.dependencies import CartDependencies
from entrepot.subgraphs.carts.repository import BatchRepository
from entrepot.subgraphs.carts.service.unit import announce_ended
from entrepot.subgraphs.carts.states import CartStatus


async def expire_carts(transactions: UnitOfWorkFactory[CartDependencies]) -> int:
    """One round: a batch of each kind, each one transaction of a few statements; how many carts ended."""
    settings, now = transactions.dependencies.settings, transactions.environment.clock.now()
    rules = (
        (True, settings.guest_days, CartStatus.EXPIRED),
        (False, settings.customer_days, CartStatus.ABANDONED),
    )
    ended = 0
    for guests, days, status in rules:
        since = now - timedelta(days=days)
        async with transactions.begin() as unit:
            carts = await BatchRepository(unit.session).lock_unused_carts(
                guests=guests, since=since, limit=settings.batch_size
            )
            if carts:
                await announce_ended(unit, carts, status)
        ended += len(carts)
    return ended
