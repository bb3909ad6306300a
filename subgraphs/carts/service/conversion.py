"""A cart on its way to become an order, and back when that fails.

Events of one order come in order, those of several orders of one cart may not: a cart under conversion belongs to the
newest of its orders, and only that one ends the conversion.
"""

from __future__ import annotations

from typing import Final

from shared.telemetry import get_logger
from subgraphs.carts.repository import CartRepository
from subgraphs.carts.service.unit import Unit, announce
from subgraphs.carts.states import CartStatus

_log: Final = get_logger(__name__)


async def begin_conversion(unit: Unit, *, cart_id: str, order_id: str) -> None:
    """The cart's order was placed; has no effect again, nor once the order has come to its end."""
    repository = CartRepository(unit.session)
    if not await repository.note_order(order_id, cart_id, unit.now):
        return
    cart = await repository.claim_cart(cart_id, now=unit.now)
    if cart is not None:
        cart.move_to(CartStatus.CONVERTING)
        cart.order_id = order_id
        await announce(unit, cart)
    elif not await repository.replace_order(cart_id, order_id):
        _log.warning("carts.order_ignored", cart_id=cart_id, order_id=order_id)


async def complete_conversion(unit: Unit, *, cart_id: str, order_id: str) -> None:
    """The order stands: its cart is done with, also when its placing was never heard of."""
    await begin_conversion(unit, cart_id=cart_id, order_id=order_id)
    await _end_conversion(unit, cart_id, order_id, CartStatus.CONVERTED)


async def undo_conversion(unit: Unit, *, cart_id: str, order_id: str) -> None:
    """The order is off: the cart is active again, beside any that the customer has started meanwhile.

    Both are kept as they are, for a cart never changes behind its owner's back; `myCart` stays the newer one.
    """
    await CartRepository(unit.session).note_order(order_id, cart_id, unit.now)
    await _end_conversion(unit, cart_id, order_id, CartStatus.ACTIVE)


async def _end_conversion(unit: Unit, cart_id: str, order_id: str, status: CartStatus) -> None:
    repository = CartRepository(unit.session)
    cart = await repository.claim_cart(cart_id, now=unit.now, status=CartStatus.CONVERTING, order_id=order_id)
    if cart is None:  # Ended before (a confirmed order may be cancelled later), or a newer order's now.
        _log.info("carts.order_ignored", cart_id=cart_id, order_id=order_id)
        return
    cart.move_to(status)
    if status == CartStatus.ACTIVE:
        cart.order_id = None
        cart.last_used_at = unit.now
    await announce(unit, cart)
