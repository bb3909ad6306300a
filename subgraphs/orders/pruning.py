"""Snapshots of carts that ended are deleted after a while: no order is made of them any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from entrepot.shared.events import UnitOfWorkFactory
from entrepot.subgraphs.orders.config import OrderDependencies
from entrepot.subgraphs.orders.repository import OrderRepository

_ENDED: Final = ("MERGED", "EXPIRED", "ABANDONED", "CONVERTED")
"""The statuses that carts never leave."""
_BATCH: Final = 1000


async def prune_cart_snapshots(transactions: UnitOfWorkFactory[OrderDependencies]) -> int:
    """One round: a batch of each kind; how many snapshots were dealt with."""
    now = transactions.environment.clock.now()
    before = now - timedelta(days=transactions.dependencies.settings.ended_cart_days)
    done = 0
    for status in _ENDED:
        async with transactions.begin() as unit:
            repository = OrderRepository(unit.session)
            done += await repository.date_ended_snapshots(status, now=now, limit=_BATCH)
            done += await repository.delete_ended_snapshots(status, before=before, limit=_BATCH)
    return done
