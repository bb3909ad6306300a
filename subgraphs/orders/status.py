"""How an order's status changes, each change recorded and notified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.shared.events import UnitOfWork
from entrepot.shared.events.lifecycle import Lifecycle, Move
from entrepot.shared.events.saga.state import SagaState
from entrepot.shared.telemetry import log_transition
from entrepot.subgraphs.orders.config import OrderDependencies
from entrepot.subgraphs.orders.events import order_cancelled, order_changed, order_confirmed
from entrepot.subgraphs.orders.models import Order, OrderLine, OrderStatusChange
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.states import (
    ORDER,
    OrderCancelReason,
    OrderFulfilmentStatus,
    OrderPaymentStatus,
    OrderStatus,
)

Unit = UnitOfWork[OrderDependencies]
_UNSETTLED: Final = frozenset({OrderStatus.PENDING, OrderStatus.CANCELLING})


def channel_of(order_id: str) -> str:
    """The fan-out channel of an order's status."""
    return f"order:{order_id}"


def record_placement(unit: Unit, order: Order, lines: Sequence[OrderLine]) -> None:
    """Begin the history of a new order, and announce it."""
    _append(unit, order, 1, None)
    unit.publish(order_changed(order, lines, revision=1))


async def record_status(unit: Unit, order: Order, reason: str | None = None) -> None:
    """Append the order's present status to its history, announce it, and wake those who watch it."""
    order.updated_at = unit.now
    repository = OrderRepository(unit.session)
    _append(unit, order, await repository.last_position(order.id) + 1, reason)
    unit.publish(order_changed(order, await repository.list_lines_by_order_ids([order.id])))


def _append(unit: Unit, order: Order, position: int, reason: str | None) -> None:
    OrderRepository(unit.session).add(
        OrderStatusChange(
            order_id=order.id,
            position=position,
            status=order.status,
            payment_status=order.payment_status,
            fulfilment_status=order.fulfilment_status,
            reason=reason,
            changed_at=unit.now,
        )
    )
    unit.notify(channel_of(order.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """Where a reply moves the derived axes of an order; None leaves one as it is."""

    payment: OrderPaymentStatus | None = None
    fulfilment: OrderFulfilmentStatus | None = None


async def show_progress(unit: Unit, saga: SagaState, axes: Axes) -> None:
    """Move the derived axes of an order that is not final; nothing is recorded when they stand there already."""
    order = await _order_of(unit, saga)
    if order.status not in _UNSETTLED:
        return
    before = (order.payment_status, order.fulfilment_status)
    order.payment_status = axes.payment or order.payment_status
    order.fulfilment_status = axes.fulfilment or order.fulfilment_status
    if (order.payment_status, order.fulfilment_status) != before:
        await record_status(unit, order)


async def begin_cancelling(unit: Unit, order: Order) -> None:
    """The customer or staff cancel the order: what was done for it is being undone from now on."""
    await ORDERS.move(unit, order, OrderStatus.CANCELLING)


async def confirm_order(unit: Unit, saga: SagaState) -> None:
    """The placement's good end."""
    await ORDERS.move(unit, await _order_of(unit, saga), OrderStatus.CONFIRMED)


async def cancel_failed_order(unit: Unit, saga: SagaState) -> None:
    """The placement's bad end: everything is released."""
    await ORDERS.move(unit, await _order_of(unit, saga), OrderStatus.CANCELLED, reason=saga.reason or "UNKNOWN")


async def cancel_requested_order(unit: Unit, saga: SagaState) -> None:
    """The cancellation's good end: everything is released."""
    await ORDERS.move(unit, await _order_of(unit, saga), OrderStatus.CANCELLED, reason=OrderCancelReason.REQUESTED)


async def keep_order(unit: Unit, saga: SagaState) -> None:
    """The cancellation's bad end: the goods have left or the money is taken, and so the order stands."""
    await ORDERS.move(unit, await _order_of(unit, saga), OrderStatus.CONFIRMED, reason=saga.reason)


async def _record_move(unit: Unit, move: Move[Order, OrderStatus]) -> None:
    order = move.row
    if move.target is OrderStatus.CANCELLED:
        order.live_cart_id = None  # Its cart may become another order.
        order.cancel_reason = move.reason
        order.payment_status = OrderPaymentStatus.NONE
        order.fulfilment_status = OrderFulfilmentStatus.UNFULFILLED
    await record_status(unit, order, order.cancel_reason)
    if move.target is OrderStatus.CANCELLED:
        unit.publish(order_cancelled(order))
    elif move.source is OrderStatus.PENDING and move.target is OrderStatus.CONFIRMED:
        lines = await OrderRepository(unit.session).list_lines_by_order_ids([order.id])
        unit.publish(order_confirmed(order, lines))
    if move.reason is not None:
        log_transition(
            subgraph="orders", object_type="Order", object_id=order.id, state=move.target, reason=move.reason
        )


async def _order_of(unit: Unit, saga: SagaState) -> Order:
    order = await OrderRepository(unit.session).get_order(saga.data["order_id"])
    assert order is not None, "a saga begins in the transaction of its order"
    return order


ORDERS: Final = Lifecycle(ORDER, Order, owner=lambda order: order.customer_id, record=_record_move)
"""How orders move."""
