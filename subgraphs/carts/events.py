"""What carts announce: models to contracts."""

from __future__ import annotations

from typing import Protocol

from entrepot.shared.events.contracts.carts import CartChanged, CartLineFacts
from entrepot.subgraphs.carts.pricing import PricedLine, Quote
from entrepot.subgraphs.carts.states import CartStatus


class CartFacts(Protocol):
    """A cart, or its row."""

    @property
    def id(self) -> str: ...

    @property
    def status(self) -> CartStatus: ...

    @property
    def owner_id(self) -> str | None: ...

    @property
    def channel(self) -> str: ...

    @property
    def currency(self) -> str: ...


def cart_changed(cart: CartFacts, revision: int, quote: Quote, status: CartStatus | None = None) -> CartChanged:
    """All of a cart at that revision, in that status or its own.

    `problems` are the ids of lines that cannot be ordered as they are.
    """
    return CartChanged(
        cart_id=cart.id,
        revision=revision,
        status=status or cart.status,
        owner_id=cart.owner_id,
        channel=cart.channel,
        currency=cart.currency,
        lines=tuple(_line_facts(line) for line in quote.lines),
        problems=tuple(line.line.id for line in quote.problems),
    )


def _line_facts(priced: PricedLine) -> CartLineFacts:
    facts = priced.facts
    return CartLineFacts(
        line_id=priced.line.id,
        variant_id=priced.line.variant_id,
        seller_id=facts.seller_id,
        sku=facts.sku,
        product_name=facts.product_name,
        variant_name=facts.variant_name,
        quantity=priced.line.quantity,
        # A line without a price is among the problems, so nothing is ever sold for this zero.
        unit_minor_units=facts.unit_price.minor_units if facts.unit_price else 0,
    )
