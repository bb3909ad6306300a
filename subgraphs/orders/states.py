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


ORDER: Final = StateMachine(
    "Order",
    OrderStatus.PENDING,
    [
        Transition(OrderStatus.PENDING, OrderStatus.CONFIRMED),
        Transition(OrderStatus.PENDING, OrderStatus.CANCELLED, "orders:cancel"),
        Transition(OrderStatus.CONFIRMED, OrderStatus.CANCELLED, "orders:cancel"),
    ],
)
