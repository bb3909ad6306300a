"""Inputs of carts."""

from __future__ import annotations

from typing import Final

import strawberry

from entrepot.shared.graphql import CurrencyCode
from entrepot.subgraphs.carts.models import DEFAULT_CHANNEL

_GUEST: Final = "The secret of a guest cart, `CreateCartPayload.guestToken`; not needed for the caller's own cart."
_REVISION: Final = "`Cart.revision` as last read: the mutation is refused with STALE_VERSION if the cart has changed."


@strawberry.input
class CreateCartInput:
    currency: CurrencyCode
    """The currency of all prices in the cart; it cannot be changed later."""
    channel: str = DEFAULT_CHANNEL
    """The sales channel whose prices apply: up to 32 lower-case letters, digits, hyphens and underscores."""
    idempotency_key: str


@strawberry.input
class AddCartLineInput:
    cart_id: strawberry.ID
    """The cart: `Cart.id`."""
    variant_id: strawberry.ID
    """The variant to add: `ProductVariant.id`."""
    quantity: int = 1
    """The number of units to add; a line has 1 to 999 units by default."""
    expected_revision: int | None = strawberry.field(default=None, description=_REVISION)
    guest_token: str | None = strawberry.field(default=None, description=_GUEST)
    idempotency_key: str


@strawberry.input
class ChangeCartLineInput:
    cart_id: strawberry.ID
    """The cart: `Cart.id`."""
    line_id: strawberry.ID
    """The line: `CartLine.id`."""
    quantity: int
    """The new number of units, 1 to 999 by default; use `removeCartLine` instead of 0."""
    expected_revision: int | None = strawberry.field(default=None, description=_REVISION)
    guest_token: str | None = strawberry.field(default=None, description=_GUEST)


@strawberry.input
class RemoveCartLineInput:
    cart_id: strawberry.ID
    """The cart: `Cart.id`."""
    line_id: strawberry.ID
    """The line: `CartLine.id`."""
    expected_revision: int | None = strawberry.field(default=None, description=_REVISION)
    guest_token: str | None = strawberry.field(default=None, description=_GUEST)


@strawberry.input
class ClaimCartInput:
    cart_id: strawberry.ID
    """The guest cart: `Cart.id`."""
    guest_token: str
    """The secret of the guest cart: `CreateCartPayload.guestToken`."""
