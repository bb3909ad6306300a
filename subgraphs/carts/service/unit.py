"""The unit of work of carts, and the announcement that every change ends with."""

from __future__ import annotations

from entrepot.shared.events import UnitOfWork
from entrepot.subgraphs.carts.config import CartDependencies
from entrepot.subgraphs.carts.events import cart_changed
from entrepot.subgraphs.carts.models import Cart, CartLine, Variant
from entrepot.subgraphs.carts.pricing import price_lines, read_quote
from entrepot.subgraphs.carts.repository import CartRepository
from entrepot.subgraphs.carts.states import CartStatus

Unit = UnitOfWork[CartDependencies]


Content = list[tuple[CartLine, Variant]]
"""Lines with their variants, as the repository holds them for an announcement."""


async def publish(unit: Unit, cart: Cart, content: Content | None = None) -> None:
    """Tell all of the cart as it is now; the caller holds its claim, and its content where it has read it."""
    if content is None:
        await unit.session.flush()
        content = await CartRepository(unit.session).lock_content_for_share(cart.id)
    if cart.status == CartStatus.ACTIVE:
        quote = price_lines(cart.channel, cart.currency, content)
        for priced in quote.lines:
            priced.line.announced_revision = priced.variant.revision
            priced.line.quoted = priced.facts
    else:
        # Nobody can order it now: it keeps the prices that it was last active with.
        quote = read_quote(cart.channel, cart.currency, content)
        for line, _variant in content:
            line.announced_revision = None
    unit.publish(cart_changed(cart, quote))


def note_unchanged(cart: Cart, content: Content) -> bool:
    """Whether the active cart would be announced as it was last time; if so, it counts as announced."""
    quote = price_lines(cart.channel, cart.currency, content)
    if any(priced.line.quoted != priced.facts for priced in quote.lines):
        return False
    for priced in quote.lines:
        priced.line.announced_revision = priced.variant.revision
    return True
