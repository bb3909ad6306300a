"""Live updates of orders."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import strawberry
from strawberry.federation.schema_directives import Authenticated

from entrepot.shared.errors import NotFound
from entrepot.shared.events import follow
from entrepot.subgraphs.orders import models
from entrepot.subgraphs.orders.api.loaders import OrderByIdLoader
from entrepot.subgraphs.orders.api.types import OrderInfo, OrderStatusChange
from entrepot.subgraphs.orders.api.visibility import visible
from entrepot.subgraphs.orders.outcome import channel_of
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.states import ORDER, OrderStatus


@strawberry.type
class Subscription:
    @strawberry.subscription(
        directives=[Authenticated()],
        description="The status of an order, now and whenever it changes, until it is final. With `after`, every "
        "change behind that position, so that nothing is missed after a broken connection; 0 begins at the beginning.",
    )
    async def order_status_changed(
        self, info: OrderInfo, order_id: strawberry.ID, after: int | None = None
    ) -> AsyncIterator[OrderStatusChange]:
        context = info.context
        if visible(context, await context.loader(OrderByIdLoader).load(order_id)) is None:
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

        changes = follow(context.fan_out, context.seams.clock, channel_of(order_id), read_news, _is_final)
        async for change in changes:
            yield OrderStatusChange.from_model(change)


def _is_final(change: models.OrderStatusChange) -> bool:
    return ORDER.is_final(OrderStatus(change.status))
