"""What a guest filled becomes the customer's that they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from entrepot.shared.errors import NotFound
from entrepot.shared.telemetry import get_logger
from entrepot.subgraphs.carts.access import Access, hash_guest_token
from entrepot.subgraphs.carts.errors import CartNotActive
from entrepot.subgraphs.carts.models import Cart
from entrepot.subgraphs.carts.repository import CartRepository
from entrepot.subgraphs.carts.service.carts import create_cart
from entrepot.subgraphs.carts.service.lines import build_line
from entrepot.subgraphs.carts.service.unit import Unit, announce
from entrepot.subgraphs.carts.states import CartStatus

_log: Final = get_logger(__name__)


class Pieces(Protocol):
    """A variant and how many of it."""

    @property
    def variant_id(self) -> str: ...

    @property
    def quantity(self) -> int: ...


async def merge_guest_cart(unit: Unit, *, user_id: str, cart_id: str, token_hash: str) -> Cart | None:
    """Put the guest's lines into the customer's cart, which is answered; None when there is nothing to merge.

    It goes into the newest active cart of the same channel and currency, so that no price changes its currency, or
    into a new one when there is none or not enough room. Quantities of one variant add up to the cap.
    """
    repository = CartRepository(unit.session)
    guest = await repository.claim_cart(cart_id, now=unit.now, guest_token_hash=token_hash)
    if guest is None:
        _log.info("carts.merge_ignored", cart_id=cart_id, user_id=user_id)
        return None
    lines = await repository.list_lines(guest.id)
    target = await find_target(unit, repository, user_id, guest, lines)
    await add_lines(unit, repository, target, lines)
    guest.move_to(CartStatus.MERGED)
    guest.merged_into_id = target.id
    await announce(unit, guest)
    await announce(unit, target)
    return target


async def claim_cart(unit: Unit, *, user_id: str, cart_id: str, guest_token: str) -> Cart:
    """The same on request; one that this customer has merged before answers the cart it went into.

    Raises NotFound for an unknown cart or a wrong secret, CartNotActive for a cart that cannot be merged any more.
    """
    merged = await merge_guest_cart(unit, user_id=user_id, cart_id=cart_id, token_hash=hash_guest_token(guest_token))
    if merged is not None:
        return merged
    repository = CartRepository(unit.session)
    guest = await repository.get_cart(cart_id)
    if guest is None or not Access(guest_token=guest_token).can_change(guest):
        raise NotFound("cart", cart_id, path=("cartId",))
    target = await repository.get_cart(guest.merged_into_id) if guest.merged_into_id else None
    if target is not None and target.owner_id == user_id:
        return target
    raise CartNotActive(guest.id, guest.status)


async def find_target(
    unit: Unit, repository: CartRepository, user_id: str, source: Cart, lines: Sequence[Pieces]
) -> Cart:
    """The customer's cart that takes the lines of another: the newest that fits, or a new one."""
    found = await repository.find_mergeable_id(user_id, source.channel, source.currency)
    target = await repository.use_cart(found, now=unit.now) if found else None
    if target is not None:
        own = {line.variant_id for line in await repository.list_lines(target.id)}
        if len(own.union(line.variant_id for line in lines)) <= unit.ports.max_lines:
            return target
        await announce(unit, target)  # Its claim counted its revision up.
    started = await create_cart(unit, owner_id=user_id, currency=source.currency, channel=source.channel)
    return started.cart


async def add_lines(unit: Unit, repository: CartRepository, target: Cart, lines: Sequence[Pieces]) -> None:
    """Put the lines into the cart; quantities of one variant add up to the cap."""
    own = {line.variant_id: line for line in await repository.list_lines(target.id)}
    for line in lines:
        same = own.get(line.variant_id)
        if same is None:
            repository.add(build_line(unit, target, line.variant_id, line.quantity))
        else:
            same.quantity = min(same.quantity + line.quantity, unit.ports.max_quantity)
            same.updated_at = unit.now
