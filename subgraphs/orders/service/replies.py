"""Replies of other subgraphs, and replies that did not come in time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from entrepot.shared.db import ConcurrentChange
from entrepot.shared.events import Event, UnitOfWorkFactory
from entrepot.shared.events.saga.declaration import Saga
from entrepot.shared.events.saga.saga import advance_saga, find_overdue, resolve_overdue
from entrepot.subgraphs.orders.cancellation import CANCELLATION
from entrepot.subgraphs.orders.config import OrderDependencies
from entrepot.subgraphs.orders.placement import PLACEMENT
from entrepot.subgraphs.orders.service.unit import Unit

SAGAS: Final = (PLACEMENT, CANCELLATION)
_OVERDUE_BATCH: Final = 100


async def take_reply(unit: Unit, reply: Event) -> None:
    """Let the saga that the reply belongs to move on."""
    for saga in SAGAS:
        await advance_saga(unit, saga, reply)


async def resolve_overdue_orders(transactions: UnitOfWorkFactory[OrderDependencies]) -> int:
    """Undo the orders whose reply has not come in time; how many there were."""
    return sum([await _resolve_overdue(transactions, saga) for saga in SAGAS])


async def _resolve_overdue(transactions: UnitOfWorkFactory[OrderDependencies], saga: Saga) -> int:
    async with transactions.begin() as unit:
        keys: Sequence[str] = await find_overdue(unit, saga, _OVERDUE_BATCH)
    for key in keys:
        # One that moves on at this very moment is not overdue any more.
        with suppress(ConcurrentChange):
            async with transactions.begin() as unit:
                await resolve_overdue(unit, saga, key)
    return len(keys)
