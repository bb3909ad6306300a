"""The life of a cart."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from entrepot.shared.states import StateMachine, Transition


class CartStatus(StrEnum):
    """Whether a cart can be changed and ordered."""

    ACTIVE = "ACTIVE"
    """Open: it can be changed and ordered."""
    CONVERTING = "CONVERTING"
    """Its order is placed and not confirmed yet; it becomes ACTIVE again when the order is cancelled."""
    CONVERTED = "CONVERTED"
    """Its order is confirmed."""
    ABANDONED = "ABANDONED"
    """A customer has not changed it for a long time, 365 days by default."""
    EXPIRED = "EXPIRED"
    """A guest has not changed it for a long time, 30 days by default."""
    MERGED = "MERGED"
    """Its owner signed in with a guest's cart, which has its lines now; see `mergedIntoId`."""


CART: Final = StateMachine(
    "Cart",
    CartStatus.ACTIVE,
    [
        Transition(CartStatus.ACTIVE, CartStatus.CONVERTING, by_owner=True),
        Transition(CartStatus.CONVERTING, CartStatus.CONVERTED),
        Transition(CartStatus.CONVERTING, CartStatus.ACTIVE),
        Transition(CartStatus.ACTIVE, CartStatus.ABANDONED),
        Transition(CartStatus.ACTIVE, CartStatus.EXPIRED),
        Transition(CartStatus.ACTIVE, CartStatus.MERGED, by_owner=True),
    ],
)
