"""Queries of orders."""

from __future__ import annotations

import strawberry

from entrepot.shared.graphql import build_connection, present
from entrepot.shared.pagination import read_page_request
from entrepot.subgraphs.orders.api.loaders import OrderByIdLoader
from entrepot.subgraphs.orders.api.types import Order, OrderConnection, OrderEdge, OrderInfo
from entrepot.subgraphs.orders.api.visibility import READ, visible
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.states import OrderStatus


@strawberry.type
class Query:
    @strawberry.federation.field(authenticated=True, description="An order by its id; null for somebody else's.")
    async def order(self, info: OrderInfo, id: strawberry.ID) -> Order | None:
        row = visible(info.context, await info.context.loader(OrderByIdLoader).load(id))
        return present(row, Order.from_model)

    @strawberry.federation.field(requires_scopes=[[READ]], description="Everybody's orders, newest first.")
    async def orders(
        self,
        info: OrderInfo,
        status: OrderStatus | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> OrderConnection:
        request = read_page_request(first, after, last, before)
        async with info.context.database.read() as session:
            page = await OrderRepository(session).page_orders(request, status=status)
        return build_connection(OrderConnection, OrderEdge, page, Order.from_model)
