"""Starting a cart, and finding one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from entrepot.shared.auth import Caller
from entrepot.shared.errors import InvalidInput, NotFound
from entrepot.shared.events import UnitOfWorkFactory
from entrepot.shared.input_checks import check_input
from entrepot.shared.scalars import CurrencyCode
from entrepot.subgraphs.carts.access import hash_guest_token, make_guest_token, read_access
from entrepot.subgraphs.carts.dependencies import CartDependencies
from entrepot.subgraphs.carts.errors import GuestCartExists
from entrepot.subgraphs.carts.models import CHANNEL_LENGTH, DEFAULT_CHANNEL, Cart
from entrepot.subgraphs.carts.repository import CartRepository
from entrepot.subgraphs.carts.service.unit import Unit, announce, quote_cart
from entrepot.subgraphs.carts.states import CART

_CHANNEL: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class CartStarted:
    """A cart that exists now, and the secret of a guest's: known here for this moment only."""

    cart: Cart
    guest_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCart:
    """Create an empty cart: for the caller, or a guest cart without an access token.

    A guest cart cannot be requested again with the same idempotency key, because its token is returned only once.
    """

    currency: CurrencyCode
    """The currency of all prices in the cart; it cannot be changed later."""
    channel: str = DEFAULT_CHANNEL
    """The sales channel whose prices apply: up to 32 lower-case letters, digits, hyphens and underscores."""


async def prepare_cart(
    transactions: UnitOfWorkFactory[CartDependencies], caller: Caller, command: CreateCart
) -> CreateCart:
    """The command, once a guest's cart is counted; raises InvalidInput, TooManyGuestCarts."""
    _check(command)
    if caller.user_id is None:
        await transactions.dependencies.guest_limits.take(caller.address)
    return command


async def create_cart(unit: Unit, command: CreateCart) -> CartStarted:
    """An empty cart of the customer, or of a guest when there is none; it may be one of several.

    Raises InvalidInput.
    """
    _check(command)
    owner_id = unit.caller.user_id
    token = None if owner_id else make_guest_token(unit.environment.randomness)
    cart = add_cart(unit, owner_id=owner_id, currency=command.currency, channel=command.channel, token=token)
    await announce(unit, cart, [])
    return CartStarted(cart, token)


def add_cart(unit: Unit, *, owner_id: str | None, currency: str, channel: str, token: str | None = None) -> Cart:
    """A new cart without lines, which its caller announces as revision 1 when it is complete."""
    cart = Cart(
        id=unit.new_id("crt"),
        owner_id=owner_id,
        guest_token_hash=hash_guest_token(token) if token else None,
        status=CART.initial,
        channel=channel,
        currency=currency,
        revision=0,
        last_used_at=unit.now,
        created_at=unit.now,
        updated_at=unit.now,
    )
    CartRepository(unit.session).add(cart)
    return cart


async def find_started(unit: Unit, cart_id: str) -> CartStarted:
    """What a repeated key answers: a customer's cart; never a guest's, for a guessed key proves nothing.

    Raises GuestCartExists for a guest.
    """
    if unit.caller.user_id is None:
        raise GuestCartExists
    return CartStarted(await quote_cart(unit, await lock_cart(unit, cart_id)))


async def lock_cart(unit: Unit, cart_id: str, guest_token: str | None = None) -> Cart:
    """The cart that the caller may change, locked; raises NotFound, for another's like for none."""
    cart = await CartRepository(unit.session).lock_cart(cart_id)
    if cart is None or not read_access(unit.caller.principal, guest_token).can_change(cart):
        raise NotFound("cart", cart_id, path=("cartId",))
    return cart


def _check(command: CreateCart) -> None:
    with check_input() as checks:
        checks.run(_check_channel, command.channel)


def _check_channel(channel: str) -> None:
    if len(channel) > CHANNEL_LENGTH or not _CHANNEL.fullmatch(channel):
        raise InvalidInput(
            f"A channel is named by up to {CHANNEL_LENGTH} lower-case letters, digits, hyphens and underscores.",
            path=("channel",),
        )
