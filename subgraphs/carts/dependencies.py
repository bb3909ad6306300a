"""What the use cases of carts stand on beside the database."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.subgraphs.carts.config import CartSettings
from entrepot.subgraphs.carts.guest_limits import GuestLimits


@dataclass(frozen=True, slots=True)
class CartDependencies:
    """What use cases find in `unit.dependencies`."""

    settings: CartSettings
    guest_limits: GuestLimits
