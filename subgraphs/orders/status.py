"""How an order's status changes, each change recorded and notified."""

from __future__ import annotations

from entrepot.shared.events import UnitOfWork
from entrepot.shared.events.saga.saga import SagaState
from entrepot.subgraphs.orders.config import OrderDependencies
from entrepot.subgraphs.orders.events import order_cancelled, order_changed, order_confirmed
from entrepot.subgraphs.orders.models import Order, OrderStatusChange
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.states import OrderFulfilmentStatus, OrderPaymentStatus, OrderStatus

Unit = UnitOfWork[OrderDependencies]


def channel_of(order_id: str) -> str:
    """The fan-out channel of an order's status."""
    return f"order:{order_id}"


async def record_status(unit: Unit, order: Order, reason: str | None = None) -> None:
    """Append the order's present status to its history and wake those who watch it."""
    order.updated_at = unit.now
    repository = OrderRepository(unit.session)
    position = await repository.last_position(order.id) + 1
    repository.add(
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
    unit.publish(order_changed(order, await repository.list_lines_by_order_ids([order.id]), position))
    unit.notify(channel_of(order.id))


async def set_progress(
    unit: Unit,
    order: Order,
    *,
    payment: OrderPaymentStatus | None = None,
    fulfilment: OrderFulfilmentStatus | None = None,
) -> None:
    """Move the derived axes; nothing is recorded when they stand there already."""
    before = (order.payment_status, order.fulfilment_status)
    order.payment_status = payment or order.payment_status
    order.fulfilment_status = fulfilment or order.fulfilment_status
    if (order.payment_status, order.fulfilment_status) != before:
        await record_status(unit, order)


async def confirm_order(unit: Unit, saga: SagaState) -> None:
    """The saga's good end."""
    order = await _order_of(unit, saga)
    order.move_to(OrderStatus.CONFIRMED, unit.now)
    await record_status(unit, order)
    lines = await OrderRepository(unit.session).list_lines_by_order_ids([order.id])
    unit.publish(order_confirmed(order, lines))


async def cancel_failed_order(unit: Unit, saga: SagaState) -> None:
    """The saga's bad end: everything is given back, and so the order is off."""
    await cancel_order_now(unit, await _order_of(unit, saga), saga.reason or "UNKNOWN")


async def cancel_order_now(unit: Unit, order: Order, reason: str) -> None:
    order.move_to(OrderStatus.CANCELLED, unit.now)
    order.cancel_reason = reason
    order.payment_status = OrderPaymentStatus.NONE
    order.fulfilment_status = OrderFulfilmentStatus.UNFULFILLED
    await record_status(unit, order, reason)
    unit.publish(order_cancelled(order))


async def _order_of(unit: Unit, saga: SagaState) -> Order:
    order = await OrderRepository(unit.session).get_order(saga.key)
    assert order is not None, "a saga begins in the transaction of its order"
    return order
