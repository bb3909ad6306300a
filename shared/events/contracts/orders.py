"""What orders announce, and what they ask of inventory and payments."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.events.event import Event, contract


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedStock:
    """How many pieces of a variant."""

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
    lines: tuple[WantedStock, ...]


@contract("orders.order.cancelled", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(Event):
    """The order is off; `reason` is a code such as OUT_OF_STOCK, CARD_DECLINED or REQUESTED."""

    order_id: str
    customer_id: str
    cart_id: str
    reason: str


@contract("orders.reservation.requested", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationRequested(Event):
    """Inventory, hold these for the order for so many seconds: all of them or none.

    Answered by ReservationHeld or ReservationRefused.
    """

    order_id: str
    lines: tuple[WantedStock, ...]
    hold_seconds: int


@contract("orders.reservation.commit_requested", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationCommitRequested(Event):
    """Inventory, what is held for the order is sold. Answered by ReservationCommitted or ReservationRefused."""

    order_id: str


@contract("orders.reservation.release_requested", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationReleaseRequested(Event):
    """Inventory, give back whatever is held or committed for the order, and hold nothing for it from now on.

    Answered by ReservationReleased, also when there was nothing.
    """

    order_id: str


@contract("orders.authorization.requested", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequested(Event):
    """Payments, authorize this amount (minor units). Answered by PaymentAuthorized or PaymentDeclined."""

    order_id: str
    customer_id: str
    minor_units: int
    currency: str
    payment_token: str


@contract("orders.authorization.void_requested", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationVoidRequested(Event):
    """Payments, leave no authorization open for the order, now or later. Answered by PaymentVoided."""

    order_id: str
