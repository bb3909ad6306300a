"""The life of an order on its three axes; what moves is the lifecycle, the others say how far it got."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from entrepot.shared.states import StateMachine, Transition


class OrderStatus(StrEnum):
    """The lifecycle."""

    PENDING = "PENDING"  # placed; stock and payment are being seen to
    CONFIRMED = "CONFIRMED"  # stock is committed, payment authorized
    CANCELLED = "CANCELLED"  # off; nothing is held and nothing will be charged


class OrderPaymentStatus(StrEnum):
    """How far payment got."""

    NONE = "NONE"
    AUTHORIZED = "AUTHORIZED"


class OrderFulfilmentStatus(StrEnum):
    """How far the goods got."""

    UNFULFILLED = "UNFULFILLED"
    ALLOCATED = "ALLOCATED"  # pieces are set aside for the order


ORDER: Final = StateMachine(
    "Order",
    OrderStatus.PENDING,
    [
        Transition(OrderStatus.PENDING, OrderStatus.CONFIRMED),
        Transition(OrderStatus.PENDING, OrderStatus.CANCELLED, "orders:cancel"),
        Transition(OrderStatus.CONFIRMED, OrderStatus.CANCELLED, "orders:cancel"),
    ],
)
