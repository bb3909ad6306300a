"""Settings of carts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CartSettings:
    """Read from ENTREPOT_CARTS_*.

    `guest_days` and `customer_days` are how long a cart that its owner leaves alone stays active; `batch_size` is how
    many carts a job deals with in one round; `claim_wait` is how many seconds the response to a sign-in waits for the
    guest's cart to become the customer's.
    """

    max_quantity: int = 999
    max_lines: int = 200
    guest_days: int = 30
    customer_days: int = 365
    batch_size: int = 500
    claim_wait: float = 3.0


@dataclass(frozen=True, slots=True)
class CartDependencies:
    """What use cases find in `unit.dependencies`."""

    settings: CartSettings
