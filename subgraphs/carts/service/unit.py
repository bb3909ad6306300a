"""The unit of work of carts, and the announcement that every change ends with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from entrepot.shared.events import UnitOfWork
from entrepot.shared.events.lifecycle import Lifecycle
from entrepot.subgraphs.carts.dependencies import CartDependencies
from entrepot.subgraphs.carts.events import cart_changed
from entrepot.subgraphs.carts.models import Cart, CartLine, Variant
from entrepot.subgraphs.carts.pricing import is_as_quoted, price_lines, read_quote
from entrepot.subgraphs.carts.repository import BatchRepository, CartRepository, read_content
from entrepot.subgraphs.carts.states import CART, CartStatus

Unit = UnitOfWork[CartDependencies]
CARTS: Final = Lifecycle(CART, Cart, owner=lambda cart: cart.owner_id)
"""How carts move; who moves one announces it."""


Content = list[tuple[CartLine, Variant]]
"""Lines with their variants, as the repository holds them for an announcement."""


async def announce(unit: Unit, cart: Cart, content: Content | None = None) -> None:
    """Announce all of the cart as it is now, as its next revision; the caller holds its lock.

    Only this function and those for many carts below count revisions, and each announces what it counts: no revision
    has two contents, and none is shown that was not announced. `content` is what the caller has read of it.
    """
    cart.revision += 1
    cart.updated_at = unit.now
    if content is None:
        await unit.session.flush()
        content = await CartRepository(unit.session).lock_content_for_share(cart.id)
    if cart.status == CartStatus.ACTIVE:
        quote = price_lines(cart.channel, cart.currency, content)
        for (line, variant), priced in zip(content, quote.lines, strict=True):
            line.announced_revision = variant.revision
            line.quoted = priced.facts.to_data()
    else:
        # Nobody can order it now: it keeps what it was last active with.
        quote = read_quote(cart.channel, cart.currency, content)
        for line, _variant in content:
            line.announced_revision = None
    cart.quote = quote
    unit.publish(cart_changed(cart, cart.revision, quote))


async def announce_repriced(unit: Unit, carts: Sequence[Any]) -> int:
    """Announce those of the carts that show something else by the catalog of now; how many.

    `carts` are rows of active carts whose locks the caller holds. The number of statements does not depend on theirs.
    """
    repository = BatchRepository(unit.session)
    content = await repository.read_content([cart.id for cart in carts])
    written, changed = [], []
    for cart in carts:
        held = content[cart.id]
        quote = price_lines(cart.channel, cart.currency, held)
        is_changed = False
        for (line, variant), priced in zip(held, quote.lines, strict=True):
            facts = priced.facts.to_data()
            is_changed = is_changed or not is_as_quoted(line.quoted, facts)
            if line.quoted != facts or line.announced_revision != variant.revision:
                written.append({"id": line.id, "quoted": facts, "announced_revision": variant.revision})
        if is_changed:
            changed.append(cart.id)
            unit.publish(cart_changed(cart, cart.revision + 1, quote))
    if written:
        await repository.write_lines(written)
    if changed:
        await repository.count_up(changed, unit.now)
    return len(changed)


async def announce_ended(unit: Unit, carts: Sequence[Any], status: CartStatus) -> None:
    """Announce that the carts, which are rows of active ones whose locks the caller holds, ended in that status."""
    CART.check(CartStatus.ACTIVE, status)
    repository, ids = BatchRepository(unit.session), [cart.id for cart in carts]
    content = await repository.read_content(ids)
    for cart in carts:
        quote = read_quote(cart.channel, cart.currency, content.get(cart.id, ()))
        unit.publish(cart_changed(cart, cart.revision + 1, quote, status))
    await repository.end(ids, status, unit.now)
    await repository.outdate_no_more(ids)


async def quote_cart(unit: Unit, cart: Cart) -> Cart:
    """The cart, which the caller has locked, with what it shows at its revision."""
    content = await read_content(unit.session, [cart.id])
    cart.quote = read_quote(cart.channel, cart.currency, content[cart.id])
    return cart
