"""Carts and their lines, and the user, who has a current cart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import (
    CurrencyCode,
    Money,
    PageInfo,
    Representation,
    TaxLine,
    read_key,
    refer_each,
    resolve_by_key,
    to_graphql,
)
from entrepot.subgraphs.carts import models, pricing
from entrepot.subgraphs.carts.access import read_access
from entrepot.subgraphs.carts.api.context import CartContext, CartInfo
from entrepot.subgraphs.carts.api.loaders import (
    CartByIdLoader,
    ContentByCartRevisionLoader,
    CurrentCartByOwnerIdLoader,
)
from entrepot.subgraphs.carts.api.stubs import ProductVariant, Seller
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
    """A variant in a cart with its quantity, at its current price."""

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
            variant=ProductVariant(id=strawberry.ID(priced.variant.id), sku=priced.variant.sku),
            quantity=priced.line.quantity,
            unit_price=to_graphql(priced.unit_price, Money.of),
            line_total=to_graphql(priced.line_total, Money.of),
            problem=CartProblem.of(priced),
            seller=Seller(id=strawberry.ID(priced.variant.seller_id)),
        )


@strawberry.federation.type(keys=["id"])
class Cart:
    """The selection of a customer or guest before it is ordered. Prices are current until the order is placed."""

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

    @strawberry.field
    def allowed_transitions(self) -> list[CartStatus]:
        """The states that can follow the current one; empty when it is final."""
        return sorted(CART.next_states(self.status))

    @strawberry.field
    def owner(self) -> User | None:
        """The customer; null for a guest cart."""
        return None if self.owner_id is None else User(id=strawberry.ID(self.owner_id))

    @strawberry.field
    async def lines(self, info: CartInfo) -> list[CartLine]:
        """The lines in the order they were added, at most 200 by default."""
        return [CartLine.of(line) for line in (await self._quote(info)).lines]

    @strawberry.field
    async def subtotal(self, info: CartInfo) -> Money:
        """The sum of the line totals before taxes; lines without a price are not counted."""
        return Money.of((await self._quote(info)).subtotal)

    @strawberry.field
    async def tax_lines(self, info: CartInfo) -> list[TaxLine]:
        """The taxes to add to the subtotal; empty when none apply."""
        return [_tax_line(tax) for tax in (await self._quote(info)).taxes]

    @strawberry.field
    async def total(self, info: CartInfo) -> Money:
        """The amount to pay: the subtotal and all taxes."""
        return Money.of((await self._quote(info)).total)

    @strawberry.field
    async def problems(self, info: CartInfo) -> list[CartProblem]:
        """The obstacles to ordering the cart, at most one per line; empty when there are none."""
        problems = [CartProblem.of(line) for line in (await self._quote(info)).problems]
        return [problem for problem in problems if problem is not None]

    async def _quote(self, info: CartInfo) -> Quote:
        content = await info.context.loader(ContentByCartRevisionLoader).load((self.id, self.revision))
        return read_quote(self.channel, self.currency, content)

    @classmethod
    def from_model(cls, cart: models.Cart) -> Self:
        return cls(
            id=strawberry.ID(cart.id),
            revision=cart.revision,
            status=CartStatus(cart.status),
            currency=CurrencyCode(cart.currency),
            channel=cart.channel,
            created_at=cart.created_at,
            updated_at=cart.updated_at,
            merged_into_id=to_graphql(cart.merged_into_id, strawberry.ID),
            owner_id=cart.owner_id,
        )

    @classmethod
    async def resolve_references(
        cls, context: CartContext, representations: Sequence[Representation]
    ) -> Sequence[Cart | None]:
        access = read_access(context.principal)

        def show(cart: models.Cart) -> Cart | None:
            return Cart.from_model(cart) if access.can_read(cart) else None

        return await resolve_by_key(context, representations, {"id": CartByIdLoader}, show)


@strawberry.type
class CartEdge:
    node: Cart
    cursor: str


@strawberry.type
class CartConnection:
    """A page of carts, newest first."""

    edges: list[CartEdge]
    page_info: PageInfo


@strawberry.federation.type(keys=["id"])
class User:
    """A person with an account."""

    id: strawberry.ID

    @strawberry.field
    async def cart(self, info: CartInfo) -> Cart | None:
        """The current cart of the user: the active one that they used last.

        Null when there is none, and for others without the scope carts:read.
        """
        row = await info.context.loader(CurrentCartByOwnerIdLoader).load(self.id)
        return to_graphql(row, Cart.from_model) if row and read_access(info.context.principal).can_read(row) else None

    @classmethod
    async def resolve_references(
        cls, _context: CartContext, representations: Sequence[Representation]
    ) -> Sequence[Self | InvalidInput]:
        return refer_each(representations, lambda given: cls(id=strawberry.ID(read_key(given, "id"))))


def _tax_line(tax: pricing.Tax) -> TaxLine:
    return TaxLine(name=tax.name, rate=tax.rate, amount=Money.of(tax.amount))
