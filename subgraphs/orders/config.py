"""Settings of orders; times in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.events.operations.administration import REPLAY_REACH

MIN_ENDED: Final = 2 * REPLAY_REACH + timedelta(days=2)
"""How long an event of a cart may come again."""


@dataclass(frozen=True, slots=True)
class OrderSettings:
    """Read from ENTREPOT_ORDERS_*."""

    hold_seconds: int = 900
    cart_wait: float = 3.0
    """How long `placeOrder` waits for the cart's last change to arrive."""
    cart_delay: float = 300.0
    """How long a new cart may take to arrive, outages of the event bus included: one that is older by its id and not
    known does not exist."""
    ended_cart_days: int = 90
    """How many days a cart is known here after it was ordered, merged, abandoned or has expired."""

    def __post_init__(self) -> None:
        if timedelta(days=self.ended_cart_days) < MIN_ENDED:
            raise SettingsInvalid(
                f"ended_cart_days must be at least {MIN_ENDED.days}, or an old event makes a cart known again."
            )


@dataclass(frozen=True, slots=True)
class OrderDependencies:
    """What use cases find in `unit.dependencies`."""

    settings: OrderSettings
