"""What orders announce and ask: models and saga states to contracts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from entrepot.shared.events import UnitOfWork
from entrepot.shared.events.contracts.orders import (
    AuthorizationRequested,
    AuthorizationVoidRequested,
    OrderCancelled,
    OrderChanged,
    OrderConfirmed,
    OrderLineFacts,
    OrderPlaced,
    ReservationCommitRequested,
    ReservationReleaseRequested,
    ReservationRequested,
    ShippingArea,
    WantedStock,
)
from entrepot.shared.events.saga.saga import SagaState
from entrepot.subgraphs.orders.models import Order, OrderLine

Unit = UnitOfWork[Any]


def order_placed(order: Order) -> OrderPlaced:
    return OrderPlaced(order_id=order.id, customer_id=order.customer_id, cart_id=order.cart_id)


def order_confirmed(order: Order, lines: Iterable[OrderLine]) -> OrderConfirmed:
    return OrderConfirmed(
        order_id=order.id,
        customer_id=order.customer_id,
        cart_id=order.cart_id,
        lines=tuple(WantedStock(variant_id=line.variant_id, quantity=line.quantity) for line in lines),
    )


def order_cancelled(order: Order) -> OrderCancelled:
    return OrderCancelled(
        order_id=order.id,
        customer_id=order.customer_id,
        cart_id=order.cart_id,
        reason=order.cancel_reason or "UNKNOWN",
    )


def request_reservation(unit: Unit, saga: SagaState) -> ReservationRequested:
    return ReservationRequested(
        order_id=saga.key,
        lines=tuple(WantedStock(**line) for line in saga.data["lines"]),
        hold_seconds=unit.dependencies.settings.hold_seconds,
    )


def request_commit(_unit: Unit, saga: SagaState) -> ReservationCommitRequested:
    return ReservationCommitRequested(order_id=saga.key)


def request_release(_unit: Unit, saga: SagaState) -> ReservationReleaseRequested:
    return ReservationReleaseRequested(order_id=saga.key)


def request_authorization(_unit: Unit, saga: SagaState) -> AuthorizationRequested:
    return AuthorizationRequested(
        order_id=saga.key,
        customer_id=saga.data["customer_id"],
        minor_units=saga.data["minor_units"],
        currency=saga.data["currency"],
        payment_token=saga.data["payment_token"],
    )


def request_void(_unit: Unit, saga: SagaState) -> AuthorizationVoidRequested:
    return AuthorizationVoidRequested(order_id=saga.key)


def order_changed(order: Order, lines: Iterable[OrderLine], revision: int) -> OrderChanged:
    """All of an order as it is now, but for the address."""
    address = order.shipping_address
    return OrderChanged(
        order_id=order.id,
        revision=revision,
        number=order.number,
        customer_id=order.customer_id,
        cart_id=order.cart_id,
        channel=order.channel,
        currency=order.currency,
        status=order.status,
        payment_status=order.payment_status,
        fulfilment_status=order.fulfilment_status,
        cancel_reason=order.cancel_reason,
        total_minor_units=order.total_minor_units,
        lines=tuple(_line_facts(line) for line in lines),
        ships_to=ShippingArea(
            country_code=address["country_code"], region=address["region"], postal_code=address["postal_code"]
        ),
        placed_at=order.created_at,
    )


def _line_facts(line: OrderLine) -> OrderLineFacts:
    return OrderLineFacts(
        line_id=line.id,
        variant_id=line.variant_id,
        seller_id=line.seller_id,
        sku=line.sku,
        product_name=line.product_name,
        variant_name=line.variant_name,
        quantity=line.quantity,
        unit_minor_units=line.unit_minor_units,
    )
