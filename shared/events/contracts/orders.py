"""What orders announce."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.events.event import Event, contract


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedVariant:
    """How many units of a variant an order has."""

    variant_id: str
    quantity: int


@contract("orders.order.placed", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Event):
    """An order exists, pending; its cart is being converted."""

    order_id: str
    customer_id: str
    cart_id: str


@contract("orders.order.confirmed", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderConfirmed(Event):
    """Stock is committed and payment authorized: the order of these lines stands."""

    order_id: str
    customer_id: str
    cart_id: str
    lines: tuple[OrderedVariant, ...]


@contract("orders.order.cancelled", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(Event):
    """The order is cancelled; `reason` is a code such as OUT_OF_STOCK, CARD_DECLINED or REQUESTED."""

    order_id: str
    customer_id: str
    cart_id: str
    reason: str
