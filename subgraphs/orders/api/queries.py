"""Queries of orders."""

from __future__ import annotations

from typing import Annotated

import strawberry

from entrepot.shared.graphql import After, Before, First, Last, build_connection, to_graphql
from entrepot.shared.pagination import read_page_request
from entrepot.subgraphs.orders.api.loaders import OrderByIdLoader
from entrepot.subgraphs.orders.api.types import Order, OrderConnection, OrderEdge, OrderInfo
from entrepot.subgraphs.orders.api.visibility import READ, visible
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.states import OrderStatus


@strawberry.type
class Query:
    @strawberry.federation.field(authenticated=True)
    async def order(
        self, info: OrderInfo, id: Annotated[strawberry.ID, strawberry.argument(description="`Order.id`.")]
    ) -> Order | None:
        """An order by id: the caller's own, or any with the scope orders:read; null otherwise."""
        row = visible(info.context, await info.context.loader(OrderByIdLoader).load(id))
        return to_graphql(row, Order.from_model)

    @strawberry.federation.field(requires_scopes=[[READ]])
    async def orders(
        self,
        info: OrderInfo,
        status: Annotated[
            OrderStatus | None, strawberry.argument(description="Only orders in this state; all by default.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> OrderConnection:
        """The orders of all customers, newest first."""
        request = read_page_request(first, after, last, before)
        async with info.context.reading.open() as session:
            page = await OrderRepository(session).page_orders(request, status=status)
        return build_connection(OrderConnection, OrderEdge, page, Order.from_model)
