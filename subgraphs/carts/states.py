"""The life of a cart."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from entrepot.shared.states import StateMachine, Transition


class CartStatus(StrEnum):
    """Whether a cart can be changed and ordered."""

    ACTIVE = "ACTIVE"  # being filled
    CONVERTING = "CONVERTING"  # an order was placed and is not confirmed yet
    CONVERTED = "CONVERTED"  # its order stands
    ABANDONED = "ABANDONED"  # a customer left it alone for too long
    EXPIRED = "EXPIRED"  # a guest left it alone for too long
    MERGED = "MERGED"  # its owner signed in with a guest's cart, which has its lines now


CART: Final = StateMachine(
    "Cart",
    CartStatus.ACTIVE,
    [
        Transition(CartStatus.ACTIVE, CartStatus.CONVERTING),
        Transition(CartStatus.CONVERTING, CartStatus.CONVERTED),
        Transition(CartStatus.CONVERTING, CartStatus.ACTIVE),
        Transition(CartStatus.ACTIVE, CartStatus.ABANDONED),
        Transition(CartStatus.ACTIVE, CartStatus.EXPIRED),
        Transition(CartStatus.ACTIVE, CartStatus.MERGED),
    ],
)
