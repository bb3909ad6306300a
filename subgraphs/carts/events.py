"""What carts announce: models to contracts."""

from __future__ import annotations

from entrepot.shared.events.contracts.carts import CartChanged, CartLineFacts
from entrepot.subgraphs.carts.models import Cart
from entrepot.subgraphs.carts.pricing import PricedLine, Quote


def cart_changed(cart: Cart, quote: Quote) -> CartChanged:
    """All of a cart as it is now; `problems` are the ids of lines that cannot be ordered as they are."""
    return CartChanged(
        cart_id=cart.id,
        revision=cart.revision,
        status=cart.status,
        owner_id=cart.owner_id,
        channel=cart.channel,
        currency=cart.currency,
        lines=tuple(_line_facts(line) for line in quote.lines),
        problems=tuple(line.line.id for line in quote.problems),
    )


def _line_facts(priced: PricedLine) -> CartLineFacts:
    return CartLineFacts(
        line_id=priced.line.id,
        variant_id=priced.variant.id,
        seller_id=priced.variant.seller_id,
        sku=priced.variant.sku,
        product_name=priced.variant.product_name,
        variant_name=priced.variant.name,
        quantity=priced.line.quantity,
        # A line without a price is among the problems, so nothing is ever sold for this zero.
        unit_minor_units=priced.unit_price.minor_units if priced.unit_price else 0,
    )
