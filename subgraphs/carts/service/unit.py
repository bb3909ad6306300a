"""The unit of work of carts, and the announcement that every change ends with."""

from __future__ import annotations

from shared.events import UnitOfWork
from subgraphs.carts.config import CartSettings
from subgraphs.carts.events import cart_changed
from subgraphs.carts.models import Cart
from subgraphs.carts.pricing import price_lines
from subgraphs.carts.repository import CartRepository
from subgraphs.carts.states import CartStatus

Unit = UnitOfWork[CartSettings]


async def announce(unit: Unit, cart: Cart) -> None:
    """Tell all of the cart as it is now; the caller holds its claim."""
    await unit.session.flush()
    content = await CartRepository(unit.session).hold_content(cart.id)
    is_active = cart.status == CartStatus.ACTIVE
    for line, variant in content:
        line.announced_revision = variant.revision if is_active else None
    unit.announce(cart_changed(cart, price_lines(cart.channel, cart.currency, content)))
