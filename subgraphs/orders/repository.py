"""Every query of orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from sqlalchemy import Table, func, select, update

from entrepot.shared.db import Listing, Repository, RowsByKey, insert_or_ignore
from entrepot.subgraphs.orders.models import CartSnapshot, Counter, Order, OrderLine, OrderStatusChange
from entrepot.subgraphs.orders.states import OrderStatus

ORDERS_BY_ID: Final = RowsByKey(Order.id)
LINES_BY_ORDER_ID: Final = RowsByKey(
    OrderLine.order_id, *OrderLine.__table__.c, Order.__table__.c.currency, order=[OrderLine.position], join=Order
)
CHANGES_BY_ORDER_ID: Final = RowsByKey(OrderStatusChange.order_id, order=[OrderStatusChange.position])


class OrderRepository(Repository):
    """Orders, their lines and history, and the carts they are made of."""

    async def get_order(self, order_id: str) -> Order | None:
        return await self.session.get(Order, order_id)

    async def get_snapshot(self, cart_id: str) -> CartSnapshot | None:
        return await self.session.get(CartSnapshot, cart_id)

    async def get_live_order_of_cart(self, cart_id: str) -> Order | None:
        return await self.session.scalar(select(Order).where(Order.live_cart_id == cart_id))

    async def count_up(self, name: str) -> int:
        """The counter's next number; the row stays locked until the commit, so there are no gaps."""
        statement = update(Counter).where(Counter.name == name).values(value=Counter.value + 1)
        taken: int | None = await self.session.scalar(statement.returning(Counter.value))
        if taken is None:
            await insert_or_ignore(self.session, cast("Table", Counter.__table__), {"name": name, "value": 0})
            taken = await self.session.scalar(statement.returning(Counter.value))
        assert taken is not None, "the row was there or has been added"
        return taken

    async def last_position(self, order_id: str) -> int:
        query = select(func.max(OrderStatusChange.position)).where(OrderStatusChange.order_id == order_id)
        return await self.session.scalar(query) or 0

    async def last_positions(self, order_ids: Sequence[str]) -> dict[str, int]:
        """The same of each of the orders."""
        columns = (OrderStatusChange.order_id, func.max(OrderStatusChange.position))
        query = select(*columns).where(OrderStatusChange.order_id.in_(order_ids)).group_by(OrderStatusChange.order_id)
        return {row[0]: row[1] for row in await self.session.execute(query)}

    async def list_orders_after(self, order_id: str, limit: int) -> Sequence[Order]:
        query = select(Order).where(Order.id > order_id).order_by(Order.id).limit(limit)
        return (await self.session.scalars(query)).all()

    async def list_changes_after(self, order_id: str, position: int) -> Sequence[OrderStatusChange]:
        query = select(OrderStatusChange).where(
            OrderStatusChange.order_id == order_id, OrderStatusChange.position > position
        )
        return (await self.session.scalars(query.order_by(OrderStatusChange.position))).all()

    async def list_lines_by_order_ids(self, order_ids: Sequence[str]) -> Sequence[OrderLine]:
        query = select(OrderLine).where(OrderLine.order_id.in_(order_ids)).order_by(OrderLine.position)
        return (await self.session.scalars(query)).all()


def list_orders(*, customer_id: str | None = None, status: OrderStatus | None = None) -> Listing:
    """Orders, newest first."""
    query = select(*Order.__table__.c)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    if status is not None:
        query = query.where(Order.status == status)
    return Listing(query, [Order.id], descending=True)
