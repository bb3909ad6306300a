"""Settings of orders; times in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrderSettings:
    """Read from ENTREPOT_ORDERS_*."""

    hold_seconds: int = 900
    cart_wait: float = 3.0
    """How long `placeOrder` waits for the cart's last change to arrive."""
    cart_delay: float = 60.0
    """How long a new cart may take to arrive: one that is older by its id and unknown does not exist."""
