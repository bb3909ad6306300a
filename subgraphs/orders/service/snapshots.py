"""Orders as they are published, read from the tables: those that were stored before the contract was there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.events.contracts.orders import OrderChanged
from entrepot.subgraphs.orders.events import order_changed
from entrepot.subgraphs.orders.models import Order, OrderLine
from entrepot.subgraphs.orders.repository import OrderRepository


async def list_order_states(session: AsyncSession, after: str, limit: int) -> Sequence[OrderChanged]:
    """The states of the orders whose ids follow, in the order of the ids."""
    repository = OrderRepository(session)
    return await build_states(repository, await repository.list_orders_after(after, limit))


async def build_states(repository: OrderRepository, orders: Sequence[Order]) -> Sequence[OrderChanged]:
    """The states of the orders, whose lines are read in one statement."""
    lines: defaultdict[str, list[OrderLine]] = defaultdict(list)
    for line in await repository.list_lines_by_order_ids([order.id for order in orders]):
        lines[line.order_id].append(line)
    return [order_changed(order, lines[order.id]) for order in orders]
