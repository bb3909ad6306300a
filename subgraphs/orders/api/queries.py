"""Queries of orders."""

from __future__ import annotations

from typing import Annotated

import strawberry

from entrepot.shared.graphql import Connection, connect, connection, find, lookup
from entrepot.shared.pagination import PageRequest
from entrepot.subgraphs.orders.api.context import OrderInfo
from entrepot.subgraphs.orders.api.types import Order
from entrepot.subgraphs.orders.api.visibility import READ
from entrepot.subgraphs.orders.repository import OrderRepository, list_orders
from entrepot.subgraphs.orders.states import OrderStatus


@strawberry.type
class Query:
    order: Order | None = lookup(authenticated=True)
    """An order by id: the caller's own, or any with the scope orders:read; null otherwise."""

    @strawberry.federation.field(authenticated=True)
    async def order_by_number(
        self,
        info: OrderInfo,
        number: Annotated[str, strawberry.argument(description="Such as EP-100001: `Order.number`.")],
    ) -> Order | None:
        """An order by its number: the caller's own, or any with the scope orders:read; null otherwise."""
        async with info.context.database.read() as session:
            order_id = await OrderRepository(session).find_id_by_number(number.strip().upper())
        return None if order_id is None else await find(info.context, Order, id=order_id)

    @connection(requires_scopes=[[READ]])
    async def orders(
        self,
        info: OrderInfo,
        page: PageRequest,
        status: Annotated[
            OrderStatus | None, strawberry.argument(description="Only orders in this state; all by default.")
        ] = None,
    ) -> Connection[Order]:
        """The orders of all customers, newest first."""
        return await connect(info.context, Order, list_orders(status=status), page)
