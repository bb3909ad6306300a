"""Settings of carts."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.events.operations.administration import REPLAY_REACH

MIN_ENDED: Final = 2 * REPLAY_REACH + timedelta(days=2)
"""An event that comes again must find what it has changed: a cart outlives every copy of the events about it."""


@dataclass(frozen=True, slots=True)
class CartSettings:
    """Read from ENTREPOT_CARTS_*."""

    max_quantity: int = 999
    max_lines: int = 200
    guest_days: int = 30
    """How long a guest's cart stays active that its owner leaves alone ..."""
    customer_days: int = 365
    """... and a customer's."""
    ended_days: int = 90
    """How long a cart is kept that was ordered, merged, abandoned or that expired, and what orders did to it."""
    batch_size: int = 500
    """How many carts a job deals with in one round."""
    claim_wait: float = 3.0
    """How many seconds the response to a sign-in waits for the guest's cart to become the customer's."""
    guest_carts_by_address: int = 60
    """How many carts guests from one address of the network (of IPv6 the first 64 bits) create at once ..."""
    seconds_per_guest_cart_by_address: float = 2.0
    """... and how long until one more is. Many people may share an address."""
    guest_carts_in_all: int = 3000
    """How many carts all guests together create at once ..."""
    guest_carts_in_all_per_second: float = 100.0
    """... and how many more are each second."""

    def __post_init__(self) -> None:
        wrong = [field.name for field in dataclasses.fields(self) if getattr(self, field.name) <= 0]
        if wrong:
            raise SettingsInvalid(f"Settings of carts must be above zero: {', '.join(wrong)}.")
        if timedelta(days=self.ended_days) < MIN_ENDED:
            raise SettingsInvalid(
                f"ended_days must be at least {MIN_ENDED.days}, or events that come again change carts twice."
            )
