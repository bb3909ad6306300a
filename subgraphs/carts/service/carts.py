"""Starting a cart, and finding one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from entrepot.shared.errors import InvalidInput, NotFound
from entrepot.subgraphs.carts.access import Access, hash_guest_token, make_guest_token
from entrepot.subgraphs.carts.errors import GuestCartExists
from entrepot.subgraphs.carts.models import CHANNEL_LENGTH, Cart
from entrepot.subgraphs.carts.repository import CartRepository
from entrepot.subgraphs.carts.service.unit import Unit, publish
from entrepot.subgraphs.carts.states import CART

_CHANNEL: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class CartStarted:
    """A cart that exists now, and the secret of a guest's: known here for this moment only."""

    cart: Cart
    guest_token: str | None = None


async def create_cart(unit: Unit, *, owner_id: str | None, currency: str, channel: str) -> CartStarted:
    """An empty cart of the customer, or of a guest when there is none; it may be one of several."""
    if len(channel) > CHANNEL_LENGTH or not _CHANNEL.fullmatch(channel):
        raise InvalidInput(
            f"A channel is named by up to {CHANNEL_LENGTH} lower-case letters, digits, hyphens and underscores.",
            path=("channel",),
        )
    token = None if owner_id else make_guest_token(unit.environment.randomness)
    cart = add_cart(unit, owner_id=owner_id, currency=currency, channel=channel, token=token)
    await publish(unit, cart, [])
    return CartStarted(cart, token)


def add_cart(unit: Unit, *, owner_id: str | None, currency: str, channel: str, token: str | None = None) -> Cart:
    """A new cart without lines at revision 1, which its caller announces when it is complete."""
    cart = Cart(
        id=unit.new_id("crt"),
        owner_id=owner_id,
        guest_token_hash=hash_guest_token(token) if token else None,
        status=CART.initial,
        channel=channel,
        currency=currency,
        revision=1,
        last_used_at=unit.now,
        created_at=unit.now,
        updated_at=unit.now,
    )
    CartRepository(unit.session).add(cart)
    return cart


async def find_started(unit: Unit, cart_id: str, *, owner_id: str | None) -> CartStarted:
    """What a repeated key answers: a customer's cart; never a guest's, for a guessed key proves nothing.

    Raises GuestCartExists for a guest.
    """
    if owner_id is None:
        raise GuestCartExists
    return CartStarted(await find_cart(unit, cart_id, access=Access(user_id=owner_id)))


async def find_cart(unit: Unit, cart_id: str, *, access: Access) -> Cart:
    """The cart that this caller may change; raises NotFound, for another's like for none."""
    cart = await CartRepository(unit.session).get_cart(cart_id)
    if cart is None or not access.can_change(cart):
        raise NotFound("cart", cart_id, path=("cartId",))
    return cart
