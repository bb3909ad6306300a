"""Cancelling an order, and who may do so."""

from __future__ import annotations

from typing import Final

from entrepot.shared.auth import Principal
from entrepot.shared.errors import InvalidTransition, NotFound
from entrepot.shared.events.contracts.orders import AuthorizationVoidRequested, ReservationReleaseRequested
from entrepot.shared.events.saga.saga import fail_saga
from entrepot.subgraphs.orders.models import Order
from entrepot.subgraphs.orders.placement import PLACEMENT
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.service.unit import Unit
from entrepot.subgraphs.orders.states import ORDER, OrderStatus
from entrepot.subgraphs.orders.status import cancel_order_now

CANCEL_SCOPE: Final = "orders:cancel"


async def cancel_order(unit: Unit, *, principal: Principal, order_id: str) -> Order:
    """Call it off: a pending order is undone by its saga and cancelled when that is through, a confirmed one at once.

    Raises NotFound for an order the caller may not cancel, InvalidTransition for one that is final.
    """
    order = await OrderRepository(unit.session).get_order(order_id)
    if order is None or not can_cancel(principal, order):
        raise NotFound("order", order_id, path=("orderId",))
    ORDER.check(OrderStatus(order.status), OrderStatus.CANCELLED)
    if await fail_saga(unit, PLACEMENT, order_id, "REQUESTED"):
        return order
    if order.status == OrderStatus.PENDING:
        raise InvalidTransition("Order being undone", order.status, OrderStatus.CANCELLED, ())
    await cancel_order_now(unit, order, "REQUESTED")
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
