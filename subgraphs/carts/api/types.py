"""Carts and their lines, and the user, who has a current cart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Self

import strawberry

from entrepot.shared.graphql import (
    CurrencyCode,
    Money,
    TaxLine,
    batch_field,
    derived_private,
    entity,
    extension,
    one,
    refers,
    transitions,
)
from entrepot.shared.graphql.costs import expected
from entrepot.subgraphs.carts import repository
from entrepot.subgraphs.carts.api.context import CartInfo
from entrepot.subgraphs.carts.api.stubs import ProductVariant, Seller
from entrepot.subgraphs.carts.api.visibility import sees_cart
from entrepot.subgraphs.carts.pricing import ADVICE, PricedLine, ProblemCode, Quote, read_quote
from entrepot.subgraphs.carts.states import CART, CartStatus

strawberry.enum(CartStatus)
strawberry.enum(ProblemCode, name="CartProblemCode")


@strawberry.type
class CartProblem:
    """An obstacle to ordering a line of a cart."""

    code: ProblemCode
    """The kind of obstacle, for programs."""
    message: str
    """What is wrong and what to do about it, in English."""
    line_id: strawberry.ID
    """The line that is concerned: `CartLine.id`."""

    @classmethod
    def of(cls, priced: PricedLine) -> Self | None:
        if priced.problem is None:
            return None
        return cls(code=priced.problem, message=ADVICE[priced.problem], line_id=strawberry.ID(priced.line.id))


@strawberry.type
class CartLine:
    """A variant in a cart with its quantity, at the price of this revision of the cart."""

    id: strawberry.ID
    variant: ProductVariant = strawberry.federation.field(provides=["sku"])
    """The variant to buy."""
    quantity: int
    """The number of units, 1 to 999 by default."""
    unit_price: Money | None
    """The price of one unit at this revision of the cart; null when it has none in the cart's channel and currency."""
    line_total: Money | None
    """The unit price times the quantity; null when there is no unit price."""
    problem: CartProblem | None
    """Why the line cannot be ordered; null when it can."""
    seller: Seller
    """The merchant who sells the variant."""

    @classmethod
    def of(cls, priced: PricedLine) -> Self:
        return cls(
            id=strawberry.ID(priced.line.id),
            variant=ProductVariant(id=strawberry.ID(priced.line.variant_id), sku=priced.facts.sku),
            quantity=priced.line.quantity,
            unit_price=None if priced.unit_price is None else Money.of(priced.unit_price),
            line_total=None if priced.line_total is None else Money.of(priced.line_total),
            problem=CartProblem.of(priced),
            seller=Seller(id=strawberry.ID(priced.facts.seller_id)),
        )


def _quoted(read: Callable[[Quote], Any], **options: Any) -> Any:
    """A field that is read from what the cart costs; `options` are those of `strawberry.federation.field`."""

    async def answer(carts: list[Cart], info: CartInfo) -> list[Any]:
        content = await info.context.fetch(repository.read_content, [cart.id for cart in carts if cart.quote is None])
        for cart in carts:
            if cart.quote is None:
                cart.quote = read_quote(cart.channel, cart.currency, content[cart.id] or ())
        return [read(cart.quote) for cart in carts if cart.quote is not None]

    return batch_field(answer, is_annotated=True, **options)


def _list_lines(quote: Quote) -> list[CartLine]:
    return [CartLine.of(line) for line in quote.lines]


def _list_problems(quote: Quote) -> list[CartProblem]:
    return [problem for line in quote.problems if (problem := CartProblem.of(line)) is not None]


def _list_taxes(quote: Quote) -> list[TaxLine]:
    return [TaxLine(name=tax.name, rate=tax.rate, tax=Money.of(tax.amount)) for tax in quote.taxes]


@entity({"id": repository.CARTS_BY_ID}, sees=sees_cart)
class Cart:
    """The selection of a customer or guest before it is ordered. An order costs what its revision shows."""

    id: strawberry.ID
    revision: int
    """The version number, which grows with every change; pass it as `expectedRevision`."""
    status: CartStatus
    """Whether it can be changed and ordered."""
    currency: CurrencyCode
    """The currency of all its prices."""
    channel: str
    """The sales channel whose prices apply."""
    created_at: datetime
    """When the cart was created."""
    updated_at: datetime
    """When the cart last changed."""
    merged_into_id: strawberry.ID | None
    """The cart that has its lines now; null unless `status` is MERGED."""
    owner_id: strawberry.Private[str | None]
    quote: strawberry.Private[Quote | None] = derived_private(lambda row: getattr(row, "quote", None))
    """What it costs: from the unit of work that changed it, else read once somebody asks."""
    allowed_transitions: list[CartStatus] = transitions(CART, owner="owner_id")
    """The states that the caller can move it to: its customer by `placeOrder` and `claimCart`, while it is active."""

    owner: User | None = refers(lambda cart: None if cart.owner_id is None else User(id=cart.owner_id))
    """The customer; null for a guest cart."""
    lines: list[CartLine] = _quoted(_list_lines, directives=[expected(20)])
    """The lines in the order they were added, at most 200 by default."""
    subtotal: Money = _quoted(lambda quote: Money.of(quote.subtotal))
    """The sum of the line totals before taxes; lines without a price are not counted."""
    tax_lines: list[TaxLine] = _quoted(_list_taxes, directives=[expected(2)])
    """The taxes to add to the subtotal; empty when none apply."""
    total: Money = _quoted(lambda quote: Money.of(quote.total))
    """The amount to pay: the subtotal and all taxes."""
    problems: list[CartProblem] = _quoted(_list_problems, directives=[expected(2)])
    """The obstacles to ordering the cart, at most one per line; empty when there are none."""


@extension
class User:
    """A person with an account."""

    id: strawberry.ID

    cart: Cart | None = one(repository.read_current_carts, by="id")
    """The current cart of the user: the active one that they used last.

    Null when there is none, and for others without the scope carts:read.
    """
