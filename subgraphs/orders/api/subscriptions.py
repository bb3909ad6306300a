"""Live updates of orders."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final

import strawberry
from strawberry.federation.schema_directives import Authenticated

from entrepot.shared.errors import NotFound
from entrepot.shared.events import follow
from entrepot.shared.graphql import Context, find, read_row
from entrepot.subgraphs.orders import models
from entrepot.subgraphs.orders.api.context import OrderInfo
from entrepot.subgraphs.orders.api.types import Order, OrderStatusChange
from entrepot.subgraphs.orders.repository import Numbering, OrderRepository
from entrepot.subgraphs.orders.states import ORDER, OrderStatus
from entrepot.subgraphs.orders.status import channel_of

_PATIENCE: Final = timedelta(seconds=2)


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
        """The status of an order: the current one immediately, then every change; ends when the status is final.

        The first change is sent when the order has its number. If that takes unusually long, changes are sent without
        it, and the latest one again when the number is given.
        """
        context = info.context
        if await find(context, Order, id=order_id) is None:
            raise NotFound("order", order_id)
        news = _News(context, order_id, after)
        changes = follow(context.fan_out, context.environment.clock, channel_of(order_id), news.read, _is_final)
        async for change in changes:
            yield read_row(OrderStatusChange, change)


@dataclass
class _News:
    """What a follower of an order has not seen yet. Changes wait briefly for the number of the order."""

    context: Context[Any]
    order_id: str
    position: int | None
    is_number_sent: bool = False

    async def read(self) -> Sequence[models.OrderStatusChange]:
        async with self.context.database.read() as session:
            repository = OrderRepository(session)
            numbering = None if self.is_number_sent else await repository.find_numbering(self.order_id)
            if numbering is not None and self._is_awaited(numbering):
                return []
            changes = await repository.list_changes_after(self.order_id, self.position or 0)
            if numbering is not None and not changes and numbering.is_late(_PATIENCE):
                # With no change to come along with. Who resumes may not have seen it: it may come twice.
                latest = await repository.list_changes_after(self.order_id, (self.position or 0) - 1)
                changes = [change for change in latest if numbering.came_after(change.changed_at)]
        self.is_number_sent = self.is_number_sent or (numbering is not None and numbering.number is not None)
        if self.position is None:
            changes = changes[-1:]
        if changes:
            self.position = changes[-1].position
        return changes

    def _is_awaited(self, numbering: Numbering) -> bool:
        now = self.context.environment.clock.now()
        return numbering.number is None and now - numbering.placed_at < _PATIENCE


def _is_final(change: models.OrderStatusChange) -> bool:
    return ORDER.is_final(OrderStatus(change.status))
