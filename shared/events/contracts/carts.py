"""What carts announce."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.events.event import Event, contract


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLineFacts:
    """One line as it stands; the unit price is in minor units of the cart's currency."""

    line_id: str
    variant_id: str
    seller_id: str
    sku: str
    product_name: str
    variant_name: str
    quantity: int
    unit_minor_units: int


@contract("carts.cart.changed", subject="cart_id", is_full_state=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class CartChanged(Event):
    """A cart is new or differs now; all of it, so that the latest event is the current state.

    `revision` grows with every change: an older one that comes late is ignored. `owner_id` is None for a guest's.
    `problems` names the lines that cannot be ordered as they are (no price, or no longer for sale).
    """

    cart_id: str
    revision: int
    status: str
    owner_id: str | None
    channel: str
    currency: str
    lines: tuple[CartLineFacts, ...]
    problems: tuple[str, ...] = ()
