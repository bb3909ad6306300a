"""Cancelling an order, and who may do so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from entrepot.shared.auth import Principal
from entrepot.shared.errors import NotFound
from entrepot.shared.events.contracts.orders import AuthorizationVoidRequested, ReservationReleaseRequested
from entrepot.shared.events.saga.saga import fail_saga
from entrepot.shared.scalars import Id
from entrepot.subgraphs.orders.models import Order
from entrepot.subgraphs.orders.placement import PLACEMENT
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.service.unit import Unit
from entrepot.subgraphs.orders.states import ORDER, OrderCancelReason, OrderStatus
from entrepot.subgraphs.orders.status import cancel_order_now

CANCEL_SCOPE: Final = "orders:cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Cancel an order of the caller, or any with the scope orders:cancel.

    A confirmed order is cancelled immediately; a pending one when its completed steps have been undone.
    """

    order_id: Id
    """The order: `Order.id`."""


async def cancel_order(unit: Unit, command: CancelOrder) -> Order:
    """The order, cancelled or being undone by its saga; one that is being undone stays as it is.

    Raises NotFound for an order the caller may not cancel, InvalidTransition for one that is final.
    """
    order_id = command.order_id
    order = await OrderRepository(unit.session).get_order(order_id)
    if order is None or not can_cancel(unit.caller.principal, order):
        raise NotFound("order", order_id, path=("orderId",))
    ORDER.check(OrderStatus(order.status), OrderStatus.CANCELLED)
    if (
        await fail_saga(unit, PLACEMENT, order_id, OrderCancelReason.REQUESTED.value)
        or order.status == OrderStatus.PENDING
    ):
        return order
    await cancel_order_now(unit, order, OrderCancelReason.REQUESTED.value)
    unit.publish(AuthorizationVoidRequested(order_id=order_id), ReservationReleaseRequested(order_id=order_id))
    return order


async def find_order(unit: Unit, order_id: str) -> Order:
    """The order; raises NotFound."""
    order = await OrderRepository(unit.session).get_order(order_id)
    if order is None:
        raise NotFound("order", order_id, path=("orderId",))
    return order


def can_cancel(principal: Principal, order: Order) -> bool:
    return principal.user_id == order.customer_id or principal.has_scopes([[CANCEL_SCOPE]])
