"""Settings of orders; times in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrderSettings:
    """Read from ENTREPOT_ORDERS_*."""

    hold_seconds: int = 900
    cart_wait: float = 3.0
    """How long `placeOrder` waits for the cart's last change to arrive."""
    cart_delay: float = 300.0
    """How long a new cart may take to arrive, outages of the event bus included: one that is older by its id and not
    known does not exist."""


@dataclass(frozen=True, slots=True)
class OrderDependencies:
    """What use cases find in `unit.dependencies`."""

    settings: OrderSettings
