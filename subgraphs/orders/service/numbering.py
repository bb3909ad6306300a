"""Orders get their numbers right after they are placed: in a job, a batch at a time, in the order of placement."""

from __future__ import annotations

from typing import Final

from entrepot.shared.events import UnitOfWorkFactory
from entrepot.subgraphs.orders.config import OrderDependencies
from entrepot.subgraphs.orders.numbering import format_number
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.service.snapshots import build_states
from entrepot.subgraphs.orders.status import channel_of

NUMBER_JOB: Final = "number-orders"
NUMBER_SECONDS: Final = 1.0
"""How often to look for orders without a number when no placement has woken the job."""
_COUNTER: Final = "orders"
_BATCH: Final = 500


async def number_orders(transactions: UnitOfWorkFactory[OrderDependencies]) -> int:
    """Number a batch of placed orders, without gaps, and notify their followers; how many there were.

    Placements do not wait for each other's number, and one that is rolled back takes none: only committed orders are
    found. Of several workers, one at a time holds the counter.
    """
    async with transactions.database.read() as session:
        if not await OrderRepository(session).has_unnumbered():
            return 0
    async with transactions.begin() as unit:
        repository = OrderRepository(unit.session)
        count = await repository.lock_counter(_COUNTER)
        # Read while the counter is locked: nobody else numbers them.
        order_ids = await repository.list_unnumbered(_BATCH)
        if not order_ids:
            return 0
        numbers = {order_id: format_number(count + place) for place, order_id in enumerate(order_ids, start=1)}
        await repository.set_numbers(numbers, unit.now)
        await repository.set_counter(_COUNTER, count + len(order_ids))
        for order_id in order_ids:
            unit.notify(channel_of(order_id))
        unit.publish(*await build_states(repository, await repository.list_settled(order_ids)))
    return len(order_ids)
