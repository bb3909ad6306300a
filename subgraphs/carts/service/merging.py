"""What a guest filled becomes the customer's that they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.errors import NotFound
from shared.telemetry import get_logger
from subgraphs.carts.access import Access, hash_guest_token
from subgraphs.carts.errors import CartNotActive
from subgraphs.carts.models import Cart, CartLine
from subgraphs.carts.repository import CartRepository
from subgraphs.carts.service.carts import create_cart
from subgraphs.carts.service.lines import build_line
from subgraphs.carts.service.unit import Unit, announce
from subgraphs.carts.states import CartStatus

_log: Final = get_logger(__name__)


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
    target = await _find_target(unit, repository, user_id, guest, lines)
    await _add_lines(unit, repository, target, lines)
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


async def _find_target(
    unit: Unit, repository: CartRepository, user_id: str, guest: Cart, lines: Sequence[CartLine]
) -> Cart:
    found = await repository.find_mergeable_id(user_id, guest.channel, guest.currency)
    target = await repository.use_cart(found, now=unit.now) if found else None
    if target is not None:
        own = {line.variant_id for line in await repository.list_lines(target.id)}
        if len(own.union(line.variant_id for line in lines)) <= unit.ports.max_lines:
            return target
        await announce(unit, target)  # Its claim counted its revision up.
    started = await create_cart(unit, owner_id=user_id, currency=guest.currency, channel=guest.channel)
    return started.cart


async def _add_lines(unit: Unit, repository: CartRepository, target: Cart, lines: Sequence[CartLine]) -> None:
    own = {line.variant_id: line for line in await repository.list_lines(target.id)}
    for line in lines:
        same = own.get(line.variant_id)
        if same is None:
            repository.add(build_line(unit, target, line.variant_id, line.quantity))
        else:
            same.quantity = min(same.quantity + line.quantity, unit.ports.max_quantity)
            same.updated_at = unit.now
