"""What orders announce."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineFacts:
    """One line as it was bought; the unit price is in minor units of the order's currency."""

    line_id: str
    variant_id: str
    seller_id: str
    sku: str
    product_name: str
    variant_name: str
    quantity: int
    unit_minor_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingArea:
    """Where an order goes, as far as it says nothing of a person: the address itself stays with orders."""

    country_code: str
    region: str
    postal_code: str


@contract("orders.order.changed", subject="order_id", is_full_state=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged(Event):
    """An order is new or has another status; all of it, so that the latest event is the current state.

    `number` is None until the order has one.
    """

    order_id: str
    number: str | None
    customer_id: str
    cart_id: str
    channel: str
    currency: str
    status: str
    payment_status: str
    fulfilment_status: str
    cancel_reason: str | None
    total_minor_units: int
    lines: tuple[OrderLineFacts, ...]
    ships_to: ShippingArea
    placed_at: datetime
    revision: int = 0
