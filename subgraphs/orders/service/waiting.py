"""Waiting for a cart that was changed a moment ago."""

from __future__ import annotations

from datetime import datetime, timedelta

from entrepot.shared.events import UnitOfWorkFactory
from entrepot.shared.events.fan_out.fan_out import first_of
from entrepot.shared.ids import read_moment
from entrepot.subgraphs.orders.config import OrderDependencies, OrderSettings
from entrepot.subgraphs.orders.projections import cart_channel
from entrepot.subgraphs.orders.repository import OrderRepository


async def await_cart(transactions: UnitOfWorkFactory[OrderDependencies], *, cart_id: str, revision: int) -> None:
    """Return when the cart is known here up to the revision, or when it is no use to wait longer.

    A guest's cart may be on its way to become the customer's: it is waited for too.
    """
    clock = transactions.environment.clock
    deadline = clock.monotonic() + transactions.dependencies.settings.cart_wait
    async with transactions.fan_out.listen(cart_channel(cart_id)) as listener:
        while True:
            async with transactions.database.read() as session:
                snapshot = await OrderRepository(session).get_snapshot(cart_id)
            remaining = deadline - clock.monotonic()
            if snapshot is None:
                may_change = may_arrive(cart_id, clock.now(), transactions.dependencies.settings)
            else:
                may_change = snapshot.owner_id is None or snapshot.revision < revision
            if remaining <= 0 or not may_change:
                return
            await first_of(listener.wait(), clock.sleep(remaining))


def may_arrive(cart_id: str, now: datetime, settings: OrderSettings) -> bool:
    """Whether a cart that is not known here may exist all the same: by its id, it was started a moment ago."""
    moment = read_moment(cart_id, "crt")
    return moment is not None and abs(now - moment) <= timedelta(seconds=settings.cart_delay)
