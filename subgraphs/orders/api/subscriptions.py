"""Live updates of orders."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

import strawberry
from strawberry.federation.schema_directives import Authenticated

from entrepot.shared.errors import NotFound
from entrepot.shared.events import follow
from entrepot.shared.graphql import find, read_row
from entrepot.subgraphs.orders import models
from entrepot.subgraphs.orders.api.context import OrderInfo
from entrepot.subgraphs.orders.api.types import Order, OrderStatusChange
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.states import ORDER, OrderStatus
from entrepot.subgraphs.orders.status import channel_of


@strawberry.type
class Subscription:
    @strawberry.subscription(directives=[Authenticated()])
    async def order_status_changed(
        self,
        info: OrderInfo,
        order_id: Annotated[
            strawberry.ID, strawberry.argument(description="An order of the caller, or any with orders:read.")
        ],
        after: Annotated[
            int | None,
            strawberry.argument(
                description="The `position` of the last change received: the changes after it are sent first, so that "
                "none is lost when a connection breaks. 0 sends the whole history; by default only the latest."
            ),
        ] = None,
    ) -> AsyncIterator[OrderStatusChange]:
        """The status of an order: the current one immediately, then every change; ends when the status is final."""
        context = info.context
        if await find(context, Order, id=order_id) is None:
            raise NotFound("order", order_id)
        position = after

        async def read_news() -> Sequence[models.OrderStatusChange]:
            nonlocal position
            async with context.database.read() as session:
                changes = await OrderRepository(session).list_changes_after(order_id, position or 0)
            if position is None:
                changes = changes[-1:]
            if changes:
                position = changes[-1].position
            return changes

        changes = follow(context.fan_out, context.environment.clock, channel_of(order_id), read_news, _is_final)
        async for change in changes:
            yield read_row(OrderStatusChange, change)


def _is_final(change: models.OrderStatusChange) -> bool:
    return ORDER.is_final(OrderStatus(change.status))
