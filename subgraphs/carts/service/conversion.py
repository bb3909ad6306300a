"""A cart on its way to become an order, and back when that fails.

Events of one order come in order, those of several orders of one cart may not: a cart under conversion belongs to the
newest of its orders, and only that one ends the conversion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from entrepot.shared.telemetry import get_logger
from entrepot.subgraphs.carts.models import Cart
from entrepot.subgraphs.carts.repository import CartRepository
from entrepot.subgraphs.carts.service.carts import add_cart
from entrepot.subgraphs.carts.service.merging import add_lines, lock_fitting_cart
from entrepot.subgraphs.carts.service.unit import CARTS, Unit, announce
from entrepot.subgraphs.carts.states import CartStatus

_log: Final = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Rest:
    """Pieces that are in a cart and not in its order."""

    variant_id: str
    quantity: int


async def begin_conversion(unit: Unit, *, cart_id: str, order_id: str) -> None:
    """The cart's order was placed; has no effect again, nor once the order has come to its end."""
    repository = CartRepository(unit.session)
    if not await repository.note_order(order_id, cart_id, unit.now):
        return
    cart = await repository.lock_active_cart(cart_id)
    if cart is not None:
        await CARTS.move(unit, cart, CartStatus.CONVERTING)
        cart.order_id = order_id
        cart.last_used_at = unit.now
        await announce(unit, cart)
    elif not await repository.replace_order(cart_id, order_id):
        _log.warning("carts.order_ignored", cart_id=cart_id, order_id=order_id)


async def complete_conversion(unit: Unit, *, cart_id: str, order_id: str, ordered: Mapping[str, int]) -> None:
    """The order stands: its cart is done with, also when its placing was never heard of.

    `ordered` says how many pieces of each variant. What the customer put into the cart after the order was placed, and
    before the cart heard of it, is not in the order: it goes into their active cart.
    """
    repository = CartRepository(unit.session)
    known = await repository.get_cart(cart_id)
    if known is not None and known.owner_id is not None:
        await repository.lock_owner(known.owner_id)
    await begin_conversion(unit, cart_id=cart_id, order_id=order_id)
    cart = await _end_conversion(unit, cart_id, order_id, CartStatus.CONVERTED)
    if cart is not None and cart.owner_id is not None:
        await _keep_rest(unit, cart, cart.owner_id, ordered)


async def undo_conversion(unit: Unit, *, cart_id: str, order_id: str) -> None:
    """The order is off: the cart is active again, beside any that the customer has started meanwhile.

    Both are kept as they are, for a cart never changes behind its owner's back; `myCart` stays the one started since.
    """
    await CartRepository(unit.session).note_order(order_id, cart_id, unit.now)
    await _end_conversion(unit, cart_id, order_id, CartStatus.ACTIVE)


async def _keep_rest(unit: Unit, cart: Cart, owner_id: str, ordered: Mapping[str, int]) -> None:
    repository = CartRepository(unit.session)
    lines = await repository.list_lines(cart.id)
    rest = [_Rest(line.variant_id, line.quantity - ordered.get(line.variant_id, 0)) for line in lines]
    rest = [line for line in rest if line.quantity > 0]
    if rest:
        target = await lock_fitting_cart(unit, owner_id, cart, rest) or add_cart(
            unit, owner_id=owner_id, currency=cart.currency, channel=cart.channel
        )
        await unit.session.flush()
        await add_lines(unit, repository, target, rest)
        await announce(unit, target)


async def _end_conversion(unit: Unit, cart_id: str, order_id: str, status: CartStatus) -> Cart | None:
    repository = CartRepository(unit.session)
    cart = await repository.lock_converting_cart(cart_id, order_id)
    if cart is None:  # Ended before (a confirmed order may be cancelled later), or a newer order's now.
        _log.info("carts.order_ignored", cart_id=cart_id, order_id=order_id)
        return None
    await CARTS.move(unit, cart, status)
    if status == CartStatus.ACTIVE:
        cart.order_id = None
    await announce(unit, cart)
    return cart
