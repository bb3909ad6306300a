"""What orders announce, and what they ask of others: models and saga states to contracts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from entrepot.shared.events import UnitOfWork
from entrepot.shared.events.contracts.inventory import CommitStock, HoldStock, ReleaseStock, WantedStock
from entrepot.shared.events.contracts.orders import (
    OrderCancelled,
    OrderChanged,
    OrderConfirmed,
    OrderedVariant,
    OrderLineFacts,
    OrderPlaced,
    ShippingArea,
)
from entrepot.shared.events.contracts.payments import AuthorizePayment, VoidPayment
from entrepot.shared.events.contracts.reference import Reference, refer_to_order
from entrepot.shared.events.saga.state import SagaState
from entrepot.subgraphs.orders.models import Order, OrderLine

Unit = UnitOfWork[Any]


def order_placed(order: Order) -> OrderPlaced:
    return OrderPlaced(order_id=order.id, customer_id=order.customer_id, cart_id=order.cart_id)


def order_confirmed(order: Order, lines: Iterable[OrderLine]) -> OrderConfirmed:
    return OrderConfirmed(
        order_id=order.id,
        customer_id=order.customer_id,
        cart_id=order.cart_id,
        lines=tuple(OrderedVariant(variant_id=line.variant_id, quantity=line.quantity) for line in lines),
    )


def order_cancelled(order: Order) -> OrderCancelled:
    return OrderCancelled(
        order_id=order.id,
        customer_id=order.customer_id,
        cart_id=order.cart_id,
        reason=order.cancel_reason or "UNKNOWN",
    )


def hold_stock(unit: Unit, saga: SagaState, reservation_id: str) -> HoldStock:
    return HoldStock(
        reservation_id=reservation_id,
        reference=_reference(saga),
        lines=tuple(WantedStock(**line) for line in saga.data["lines"]),
        hold_seconds=unit.dependencies.settings.hold_seconds,
    )


def commit_stock(_unit: Unit, saga: SagaState, reservation_id: str) -> CommitStock:
    return CommitStock(reservation_id=reservation_id, reference=_reference(saga))


def release_stock(_unit: Unit, saga: SagaState, reservation_id: str) -> ReleaseStock:
    return ReleaseStock(reservation_id=reservation_id, reference=_reference(saga))


def authorize_payment(_unit: Unit, saga: SagaState, payment_id: str) -> AuthorizePayment:
    return AuthorizePayment(
        payment_id=payment_id,
        reference=_reference(saga),
        customer_id=saga.data["customer_id"],
        **saga.data["payments"][payment_id],
    )


def void_payment(_unit: Unit, saga: SagaState, payment_id: str) -> VoidPayment:
    return VoidPayment(payment_id=payment_id, reference=_reference(saga))


def _reference(saga: SagaState) -> Reference:
    return refer_to_order(saga.data["order_id"])


def order_changed(order: Order, lines: Iterable[OrderLine], *, revision: int = 0) -> OrderChanged:
    """All of an order as it is now, but for the address; the outbox counts the revision unless it is given."""
    address = order.shipping_address
    return OrderChanged(
        order_id=order.id,
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
        revision=revision,
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
