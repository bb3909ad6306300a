"""Inputs of carts."""

from __future__ import annotations

from typing import Final

import strawberry

from entrepot.shared.graphql import CurrencyCode
from entrepot.subgraphs.carts.models import DEFAULT_CHANNEL

_GUEST: Final = "The secret of a guest's cart; a customer's own cart needs none."
_REVISION: Final = "Change it only if the cart is still at this revision."


@strawberry.input
class CreateCartInput:
    currency: CurrencyCode
    channel: str = DEFAULT_CHANNEL
    idempotency_key: str


@strawberry.input
class AddCartLineInput:
    cart_id: strawberry.ID
    variant_id: strawberry.ID
    quantity: int = 1
    expected_revision: int | None = strawberry.field(default=None, description=_REVISION)
    guest_token: str | None = strawberry.field(default=None, description=_GUEST)
    idempotency_key: str


@strawberry.input
class ChangeCartLineInput:
    cart_id: strawberry.ID
    line_id: strawberry.ID
    quantity: int
    expected_revision: int | None = strawberry.field(default=None, description=_REVISION)
    guest_token: str | None = strawberry.field(default=None, description=_GUEST)


@strawberry.input
class RemoveCartLineInput:
    cart_id: strawberry.ID
    line_id: strawberry.ID
    expected_revision: int | None = strawberry.field(default=None, description=_REVISION)
    guest_token: str | None = strawberry.field(default=None, description=_GUEST)


@strawberry.input
class ClaimCartInput:
    cart_id: strawberry.ID
    guest_token: str
