"""A guest's cart becomes the customer's: it keeps its id, and takes the lines of the cart that they already have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from entrepot.shared.errors import NotFound
from entrepot.shared.scalars import Id
from entrepot.shared.telemetry import get_logger
from entrepot.subgraphs.carts.access import hash_guest_token, is_token_of, read_access
from entrepot.subgraphs.carts.errors import CartNotActive
from entrepot.subgraphs.carts.models import Cart
from entrepot.subgraphs.carts.repository import CartRepository
from entrepot.subgraphs.carts.service.lines import build_line
from entrepot.subgraphs.carts.service.unit import CARTS, Unit, announce, quote_cart
from entrepot.subgraphs.carts.states import CartStatus

_log: Final = get_logger(__name__)


class Pieces(Protocol):
    """A variant and how many of it."""

    @property
    def variant_id(self) -> str: ...

    @property
    def quantity(self) -> int: ...


def claim_channel(cart_id: str) -> str:
    """The fan-out channel of a guest's cart becoming a customer's."""
    return f"claim:{cart_id}"


async def merge_guest_cart(unit: Unit, *, user_id: str, cart_id: str, token_hash: str) -> Cart | None:
    """Make the guest's cart the customer's, under its own id; None when it is not there for that secret.

    The customer's active cart of the same channel and currency, so that no price changes its currency, is merged into
    it. Quantities of one variant add up to the cap. When both together have too many lines, they stay side by side.
    """
    repository = CartRepository(unit.session)
    await repository.lock_owner(user_id)
    cart = await repository.lock_guest_cart(cart_id, token_hash)
    if cart is None:
        _log.info("carts.merge_ignored", cart_id=cart_id, user_id=user_id)
        return None
    older = await lock_fitting_cart(unit, user_id, cart, await repository.list_lines(cart.id))
    if older is not None:
        await add_lines(unit, repository, cart, await repository.list_lines(older.id))
        await CARTS.move(unit, older, CartStatus.MERGED)
        older.merged_into_id = cart.id
        await announce(unit, older)
    cart.owner_id = user_id
    cart.guest_token_hash, cart.claimed_token_hash = None, token_hash
    cart.claimed_at = cart.last_used_at = unit.now
    await announce(unit, cart)
    unit.notify(claim_channel(cart_id))
    return cart


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCart:
    """Move the lines of a guest cart to the cart of the caller. Repeating it has no further effect."""

    cart_id: Id
    """The guest cart: `Cart.id`."""
    guest_token: str = field(repr=False)
    """The secret of the guest cart: `CreateCartPayload.guestToken`."""


async def claim_cart(unit: Unit, command: ClaimCart) -> Cart:
    """The same on request; one that this customer has claimed before answers the cart that it is, or is part of, now.

    Raises NotFound for an unknown cart or a wrong secret, CartNotActive for a cart that cannot be claimed any more.
    """
    cart_id, guest_token = command.cart_id, command.guest_token
    claimed = await merge_guest_cart(
        unit, user_id=unit.caller.require_user(), cart_id=cart_id, token_hash=hash_guest_token(guest_token)
    )
    if claimed is not None:
        return claimed
    repository = CartRepository(unit.session)
    cart = await repository.lock_cart(cart_id)
    secret = None if cart is None else cart.guest_token_hash or cart.claimed_token_hash
    if cart is None or secret is None or not is_token_of(guest_token, secret):
        raise NotFound("cart", cart_id, path=("cartId",))
    last = await repository.follow_merges(cart)
    current = await repository.lock_cart(last.id) or last
    if current.owner_id is not None and not read_access(unit.caller.principal).can_change(current):
        raise NotFound("cart", cart_id, path=("cartId",))
    if current.status != CartStatus.ACTIVE:
        raise CartNotActive(current)
    return await quote_cart(unit, current)


async def lock_fitting_cart(unit: Unit, user_id: str, source: Cart, lines: Sequence[Pieces]) -> Cart | None:
    """The customer's active cart of the same channel and currency, when it has room for the lines too."""
    repository = CartRepository(unit.session)
    while (found := await repository.find_mergeable_id(user_id, source.channel, source.currency)) is not None:
        cart = await repository.lock_active_cart(found)
        if cart is None:
            continue  # Ended in between: there may be another.
        own = {line.variant_id for line in await repository.list_lines(found)}
        if len(own.union(line.variant_id for line in lines)) > unit.dependencies.settings.max_lines:
            return None
        cart.last_used_at = unit.now
        return cart
    return None


async def add_lines(unit: Unit, repository: CartRepository, target: Cart, lines: Sequence[Pieces]) -> None:
    """Put the lines into the cart; quantities of one variant add up to the cap."""
    own = {line.variant_id: line for line in await repository.list_lines(target.id)}
    for line in lines:
        same = own.get(line.variant_id)
        if same is None:
            repository.add(build_line(unit, target, line.variant_id, line.quantity))
        else:
            same.quantity = min(same.quantity + line.quantity, unit.dependencies.settings.max_quantity)
            same.updated_at = unit.now
