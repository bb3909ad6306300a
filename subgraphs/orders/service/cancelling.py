"""Cancelling an order, and who may do so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from entrepot.shared.auth import Principal
from entrepot.shared.errors import InvalidTransition, NotFound
from entrepot.shared.events.saga.saga import fail_saga, start_saga
from entrepot.shared.scalars import Id
from entrepot.subgraphs.orders.cancellation import CANCELLATION
from entrepot.subgraphs.orders.models import Order
from entrepot.subgraphs.orders.placement import PLACEMENT
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.service.unit import Unit
from entrepot.subgraphs.orders.states import OrderCancelReason, OrderStatus
from entrepot.subgraphs.orders.status import begin_cancelling

CANCEL_SCOPE: Final = "orders:cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Cancel an order of the caller, or any with the scope orders:cancel.

    It is CANCELLING until its stock and payments are released, and CANCELLED then. An order whose goods have left in
    the meantime is CONFIRMED again.
    """

    order_id: Id
    """The order: `Order.id`."""


async def cancel_order(unit: Unit, command: CancelOrder) -> Order:
    """The order, which its saga is undoing from now on; one that is being undone already stays as it is.

    Raises NotFound for an order the caller may not cancel, InvalidTransition for one that is final.
    """
    order_id = command.order_id
    order = await OrderRepository(unit.session).get_order(order_id)
    if order is None or not can_cancel(unit.caller.principal, order):
        raise NotFound("order", order_id, path=("orderId",))
    if order.status == OrderStatus.CANCELLING:
        return order
    if order.reservation_ids is None or order.payment_ids is None:
        # One of a former version: nobody here knows what is to be released.
        raise InvalidTransition("Order", order.status, OrderStatus.CANCELLING, [])
    was_confirmed = order.status == OrderStatus.CONFIRMED
    await begin_cancelling(unit, order)
    if was_confirmed:
        await start_saga(unit, CANCELLATION, unit.new_id("can"), _saga_data(order))
    else:
        # One that is failing by itself is being undone already, for its own reason.
        await fail_saga(unit, PLACEMENT, order_id, OrderCancelReason.REQUESTED.value)
    return order


async def find_order(unit: Unit, order_id: str) -> Order:
    """The order; raises NotFound."""
    order = await OrderRepository(unit.session).get_order(order_id)
    if order is None:
        raise NotFound("order", order_id, path=("orderId",))
    return order


def _saga_data(order: Order) -> dict[str, object]:
    return {
        "order_id": order.id,
        "reservations": order.reservation_ids or [],
        "payments": dict.fromkeys(order.payment_ids or []),
    }


def can_cancel(principal: Principal, order: Order) -> bool:
    return principal.user_id == order.customer_id or principal.has_scopes([[CANCEL_SCOPE]])
