"""The life of an order on its three axes; what moves is the lifecycle, the others say how far it got."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from entrepot.shared.states import StateMachine, Transition


class OrderStatus(StrEnum):
    """The state of an order as a whole."""

    PENDING = "PENDING"
    """Placed; stock is being reserved and the payment authorized."""
    CONFIRMED = "CONFIRMED"
    """Stock is committed and the payment is authorized."""
    CANCELLING = "CANCELLING"
    """Being cancelled on request: its stock and payments are being released."""
    CANCELLED = "CANCELLED"
    """Cancelled: no stock is reserved, and nothing will be charged."""


class OrderPaymentStatus(StrEnum):
    """The state of the payment of an order."""

    NONE = "NONE"
    """Nothing is authorized, or the authorization was released."""
    AUTHORIZED = "AUTHORIZED"
    """The total is reserved on the customer's account, and not charged yet."""


class OrderFulfilmentStatus(StrEnum):
    """The state of the goods of an order."""

    UNFULFILLED = "UNFULFILLED"
    """No stock is reserved, or the reservation was released."""
    ALLOCATED = "ALLOCATED"
    """Stock is reserved for the order."""


class OrderCancelReason(StrEnum):
    """Why an order was cancelled."""

    REQUESTED = "REQUESTED"
    """The customer or staff cancelled it."""
    OUT_OF_STOCK = "OUT_OF_STOCK"
    """Fewer units were available than it orders."""
    RESERVATION_EXPIRED = "EXPIRED"
    """The reserved stock was given up before the payment was authorized."""
    RESERVATION_RELEASED = "RELEASED"
    """The reserved stock was released before it was committed."""
    CARD_DECLINED = "CARD_DECLINED"
    """The customer's bank refused the card."""
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    """The account does not hold the amount."""
    INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105 - a reason, not a token
    """The payment provider does not know the payment token, or it was used before."""
    INVALID_PAYMENT_METHOD = "INVALID_PAYMENT_METHOD"
    """There is no such payment method of the customer, or it has expired or was used before."""
    INVALID_AMOUNT = "INVALID_AMOUNT"
    """The amount or its currency cannot be charged."""
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    """The payment provider could not be reached in time."""
    TIMED_OUT = "TIMED_OUT"
    """A step of the placement got no reply in time."""
    OTHER = "OTHER"
    """A reason that the payment provider gave and that is not in this list."""


class PlacementStep(StrEnum):
    """A step of placing an order."""

    RESERVE = "reserve"
    """Inventory reserves the stock."""
    AUTHORIZE = "authorize"
    """Payments authorizes the total."""
    COMMIT = "commit"
    """Inventory commits the stock to the order."""


ORDER: Final = StateMachine(
    "Order",
    OrderStatus.PENDING,
    [
        Transition(OrderStatus.PENDING, OrderStatus.CONFIRMED),
        Transition(OrderStatus.PENDING, OrderStatus.CANCELLED),
        Transition(OrderStatus.PENDING, OrderStatus.CANCELLING, "orders:cancel", by_owner=True),
        Transition(OrderStatus.CONFIRMED, OrderStatus.CANCELLING, "orders:cancel", by_owner=True),
        Transition(OrderStatus.CANCELLING, OrderStatus.CANCELLED),
        Transition(OrderStatus.CANCELLING, OrderStatus.CONFIRMED),
    ],
)
