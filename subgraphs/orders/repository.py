"""Every query of orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import Table, bindparam, delete, func, select, update

from entrepot.shared.db import Listing, Repository, RowsByKey, among, changed_rows, insert_or_ignore, lock_rows
from entrepot.subgraphs.orders.models import CartSnapshot, Counter, Order, OrderLine, OrderStatusChange
from entrepot.subgraphs.orders.states import OrderStatus

ORDERS_BY_ID: Final = RowsByKey(Order.id)
LINES_BY_ORDER_ID: Final = RowsByKey(
    OrderLine.order_id, *OrderLine.__table__.c, Order.__table__.c.currency, order=[OrderLine.position], join=Order
)
CHANGES_BY_ORDER_ID: Final = RowsByKey(OrderStatusChange.order_id, order=[OrderStatusChange.position])

# Not by the ORM, which would raise the version, so that a change of the order at the same time would fail.
_NUMBER: Final = (
    update(Order.__table__)  # type: ignore[arg-type]  # a table, to SQLAlchemy's types any selectable
    .where(Order.__table__.c.id == bindparam("numbered"))
    .values(number=bindparam("given"), numbered_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Numbering:
    """The number of an order, null until it is given; orders from before there was a job have no `numbered_at`."""

    placed_at: datetime
    number: str | None
    numbered_at: datetime | None

    def is_late(self, patience: timedelta) -> bool:
        """Whether the number came, and took longer than so."""
        return self.numbered_at is not None and self.numbered_at - self.placed_at >= patience

    def came_after(self, moment: datetime) -> bool:
        return self.numbered_at is not None and self.numbered_at >= moment


class OrderRepository(Repository):
    """Orders, their lines and history, and the carts they are made of."""

    async def get_order(self, order_id: str) -> Order | None:
        return await self.session.get(Order, order_id)

    async def get_snapshot(self, cart_id: str) -> CartSnapshot | None:
        return await self.session.get(CartSnapshot, cart_id)

    async def date_ended_snapshots(self, status: str, *, now: datetime, limit: int) -> int:
        """Let snapshots in that final status of which it is not known when they changed count as new; how many."""
        undated = (
            select(CartSnapshot.cart_id)
            .where(CartSnapshot.status == status, CartSnapshot.changed_at.is_(None))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        ids = (await self.session.scalars(undated)).all()
        if ids:
            dating = update(CartSnapshot).where(CartSnapshot.cart_id.in_(ids)).values(changed_at=now)
            await self.session.execute(dating.execution_options(synchronize_session=False))
        return len(ids)

    async def delete_ended_snapshots(self, status: str, *, before: datetime, limit: int) -> int:
        """Delete the oldest snapshots of carts that have been in that final status since before then; how many."""
        due = (
            select(CartSnapshot.cart_id)
            .where(CartSnapshot.status == status, CartSnapshot.changed_at <= before)
            .order_by(CartSnapshot.changed_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        ids = (await self.session.scalars(due)).all()
        if not ids:
            return 0
        statement = delete(CartSnapshot).where(among(CartSnapshot.__table__.c.cart_id, "keys"))
        return changed_rows(await self.session.execute(statement, {"keys": list(ids)}))

    async def get_live_order_of_cart(self, cart_id: str) -> Order | None:
        return await self.session.scalar(select(Order).where(Order.live_cart_id == cart_id))

    async def lock_counter(self, name: str) -> int:
        """The counter's value; nobody else reads it so until the commit."""
        query = select(Counter.value).where(Counter.name == name).with_for_update()
        value: int | None = await self.session.scalar(query)
        if value is None:
            await insert_or_ignore(self.session, cast("Table", Counter.__table__), {"name": name, "value": 0})
            value = await self.session.scalar(query)
        assert value is not None, "the row was there or has been added"
        return value

    async def set_counter(self, name: str, value: int) -> None:
        await self.session.execute(update(Counter).where(Counter.name == name).values(value=value))

    async def has_unnumbered(self) -> bool:
        """Whether any order is without a number."""
        return await self.session.scalar(select(Order.id).where(Order.number.is_(None)).limit(1)) is not None

    async def list_settled(self, order_ids: Sequence[str]) -> Sequence[Order]:
        """Those of the orders that are not pending: nothing else may announce their number."""
        query = select(Order).where(Order.id.in_(order_ids), Order.status != OrderStatus.PENDING)
        return (await self.session.scalars(query)).all()

    async def list_unnumbered(self, limit: int) -> Sequence[str]:
        """The orders without a number, in the order in which they were placed."""
        query = select(Order.id).where(Order.number.is_(None)).order_by(Order.id).limit(limit)
        return (await self.session.scalars(query)).all()

    async def set_numbers(self, numbers: Mapping[str, str], now: datetime) -> None:
        """Give the orders their numbers, by id; nothing else of them changes."""
        await lock_rows(self.session, Order.id, numbers)
        await self.session.execute(
            _NUMBER, [{"numbered": order_id, "given": number, "now": now} for order_id, number in numbers.items()]
        )

    async def find_numbering(self, order_id: str) -> Numbering | None:
        """The number of the order, if it has one, and since when."""
        query = select(Order.created_at, Order.number, Order.numbered_at).where(Order.id == order_id)
        row = (await self.session.execute(query)).one_or_none()
        return None if row is None else Numbering(*row)

    async def find_id_by_number(self, number: str) -> str | None:
        return await self.session.scalar(select(Order.id).where(Order.number == number))

    async def last_position(self, order_id: str) -> int:
        query = select(func.max(OrderStatusChange.position)).where(OrderStatusChange.order_id == order_id)
        return await self.session.scalar(query) or 0

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

    async def erase_addresses(self, customer_id: str) -> int:
        """Keep nothing of the addresses of the customer's orders but the country; how many there were."""
        orders = Order.__table__
        query = select(orders.c.id, orders.c.shipping_address).where(orders.c.customer_id == customer_id)
        rows = (await self.session.execute(query)).all()
        for row in rows:
            erased = dict.fromkeys(row.shipping_address, "") | {"country_code": row.shipping_address["country_code"]}
            await self.session.execute(update(Order).where(Order.id == row.id).values(shipping_address=erased))
        return len(rows)


def list_orders(*, customer_id: str | None = None, status: OrderStatus | None = None) -> Listing:
    """Orders, newest first."""
    query = select(*Order.__table__.c)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    if status is not None:
        query = query.where(Order.status == status)
    return Listing(query, [Order.id], descending=True)
