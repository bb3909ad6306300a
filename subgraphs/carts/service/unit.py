"""The unit of work of carts, and the announcement that every change ends with."""

from __future__ import annotations

from entrepot.shared.events import UnitOfWork
from entrepot.subgraphs.carts.config import CartSettings
from entrepot.subgraphs.carts.events import cart_changed
from entrepot.subgraphs.carts.models import Cart, CartLine, Variant
from entrepot.subgraphs.carts.pricing import price_lines
from entrepot.subgraphs.carts.repository import CartRepository
from entrepot.subgraphs.carts.states import CartStatus

Unit = UnitOfWork[CartSettings]


Content = list[tuple[CartLine, Variant]]
"""Lines with their variants, as the repository holds them for an announcement."""


async def announce(unit: Unit, cart: Cart, content: Content | None = None) -> None:
    """Tell all of the cart as it is now; the caller holds its claim, and its content where it has read it."""
    if content is None:
        await unit.session.flush()
        content = await CartRepository(unit.session).hold_content(cart.id)
    is_active = cart.status == CartStatus.ACTIVE
    for line, variant in content:
        line.announced_revision = variant.revision if is_active else None
    unit.announce(cart_changed(cart, price_lines(cart.channel, cart.currency, content)))
