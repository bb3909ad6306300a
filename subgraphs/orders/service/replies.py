"""Replies of other subgraphs, and replies that did not come in time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from entrepot.shared.db import ConcurrentChange
from entrepot.shared.events import Event, UnitOfWorkFactory
from entrepot.shared.events.contracts.inventory import ReservationHeld, ReservationReleased
from entrepot.shared.events.contracts.payments import PaymentAuthorized, PaymentVoided
from entrepot.shared.events.saga.saga import advance_saga, find_overdue, resolve_overdue
from entrepot.subgraphs.orders.config import OrderDependencies
from entrepot.subgraphs.orders.placement import PLACEMENT
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.service.unit import Unit
from entrepot.subgraphs.orders.states import OrderFulfilmentStatus, OrderPaymentStatus, OrderStatus
from entrepot.subgraphs.orders.status import set_progress

_OVERDUE_BATCH: Final = 100

_PROGRESS: Final[dict[type[Event], tuple[OrderPaymentStatus | None, OrderFulfilmentStatus | None]]] = {
    ReservationHeld: (None, OrderFulfilmentStatus.ALLOCATED),
    ReservationReleased: (None, OrderFulfilmentStatus.UNFULFILLED),
    PaymentAuthorized: (OrderPaymentStatus.AUTHORIZED, None),
    PaymentVoided: (OrderPaymentStatus.NONE, None),
}


async def take_reply(unit: Unit, reply: Event) -> None:
    """Let an order's saga move on by a reply, and its status show how far it got."""
    order = await OrderRepository(unit.session).get_order(reply.subject)
    if order is None or not await advance_saga(unit, PLACEMENT, reply):
        return
    if order.status == OrderStatus.PENDING:
        payment, fulfilment = _PROGRESS.get(type(reply), (None, None))
        await set_progress(unit, order, payment=payment, fulfilment=fulfilment)


async def resolve_overdue_orders(transactions: UnitOfWorkFactory[OrderDependencies]) -> int:
    """Undo the orders whose reply has not come in time; how many there were."""
    async with transactions.begin() as unit:
        keys: Sequence[str] = await find_overdue(unit, PLACEMENT, _OVERDUE_BATCH)
    for key in keys:
        # One that moves on at this very moment is not overdue any more.
        with suppress(ConcurrentChange):
            async with transactions.begin() as unit:
                await resolve_overdue(unit, PLACEMENT, key)
    return len(keys)
