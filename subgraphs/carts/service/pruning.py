"""Carts that ended are deleted after a while, with their lines, conversions and announcements."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from entrepot.shared.events import UnitOfWorkFactory
from entrepot.subgraphs.carts.dependencies import CartDependencies
from entrepot.subgraphs.carts.repository import PruningRepository
from entrepot.subgraphs.carts.states import CartStatus

_ENDED: Final = (CartStatus.MERGED, CartStatus.EXPIRED, CartStatus.ABANDONED, CartStatus.CONVERTED)
"""Merged ones first: they refer to the carts that have their lines."""


async def prune_carts(transactions: UnitOfWorkFactory[CartDependencies]) -> int:
    """One round: a batch of each kind; how many carts and conversions were deleted."""
    settings = transactions.dependencies.settings
    before = transactions.environment.clock.now() - timedelta(days=settings.ended_days)
    limit = settings.batch_size
    pruned = 0
    for status in _ENDED:
        async with transactions.begin() as unit:
            repository = PruningRepository(unit.session)
            cart_ids = await repository.lock_ended_cart_ids(status, before=before, limit=limit)
            if cart_ids:
                await repository.delete_carts(cart_ids)
        pruned += len(cart_ids)
    async with transactions.begin() as unit:
        return pruned + await PruningRepository(unit.session).delete_conversions(before=before, limit=limit)
