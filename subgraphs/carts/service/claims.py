"""Showing a cart to the customer whose sign-in has claimed it, as soon as that sign-in has arrived here."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.events import FanOut, UnitOfWorkFactory
from entrepot.shared.events.fan_out.fan_out import first_of
from entrepot.shared.graphql.cart_claims import CartClaim
from entrepot.subgraphs.carts.access import is_token_of
from entrepot.subgraphs.carts.dependencies import CartDependencies
from entrepot.subgraphs.carts.models import Cart
from entrepot.subgraphs.carts.pricing import read_quote
from entrepot.subgraphs.carts.repository import CartRepository, read_content
from entrepot.subgraphs.carts.service.merging import claim_channel
from entrepot.subgraphs.carts.states import CartStatus

_SHOWN: Final = timedelta(minutes=5)
"""How long after a cart was claimed its former secret still shows it to the one who claimed it."""
_INTERVAL: Final = 0.25
"""Seconds after which to look again without a wake-up, which may be lost."""


async def await_claimed_cart(
    transactions: UnitOfWorkFactory[CartDependencies], fan_out: FanOut, claim: CartClaim
) -> Cart | None:
    """The cart that the claimed one is, or is part of; None for a wrong claim, or when the sign-in does not arrive."""
    clock = transactions.environment.clock
    deadline = clock.monotonic() + transactions.dependencies.settings.claim_wait
    async with fan_out.listen(claim_channel(claim.cart_id)) as listener:
        while True:
            async with transactions.database.read() as session:
                repository = CartRepository(session)
                cart = await repository.get_cart(claim.cart_id)
                if cart is None or _is_claimed(cart, claim, transactions):
                    return None if cart is None else await _follow(session, await repository.follow_merges(cart))
                if not _is_pending(cart, claim):
                    return None
            remaining = deadline - clock.monotonic()
            if remaining <= 0:
                return None
            await first_of(listener.wait(), clock.sleep(min(remaining, _INTERVAL)))


async def _follow(session: AsyncSession, cart: Cart) -> Cart:
    """The cart with what it shows at its revision, both from one view of the database."""
    content = await read_content(session, [cart.id])
    cart.quote = read_quote(cart.channel, cart.currency, content[cart.id])
    return cart


def _is_pending(cart: Cart, claim: CartClaim) -> bool:
    """Whether the cart will be the customer's when their sign-in arrives."""
    secret = cart.guest_token_hash
    return cart.status == CartStatus.ACTIVE and secret is not None and is_token_of(claim.token, secret)


def _is_claimed(cart: Cart, claim: CartClaim, transactions: UnitOfWorkFactory[CartDependencies]) -> bool:
    if cart.owner_id != claim.user_id or cart.claimed_token_hash is None or cart.claimed_at is None:
        return False
    is_recent = transactions.environment.clock.now() < cart.claimed_at + _SHOWN
    return is_recent and is_token_of(claim.token, cart.claimed_token_hash)
