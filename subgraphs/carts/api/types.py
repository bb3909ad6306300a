"""Carts and their lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from entrepot.shared.graphql import (
    CurrencyCode,
    Money,
    PageInfo,
    Representation,
    TaxLine,
    present,
    resolve_by_key,
)
from entrepot.subgraphs.carts import models, pricing
from entrepot.subgraphs.carts.api.loaders import CartByIdLoader, ContentByCartRevisionLoader
from entrepot.subgraphs.carts.api.stubs import CartContext, CartInfo, ProductVariant, Seller, User
from entrepot.subgraphs.carts.api.visibility import read_access
from entrepot.subgraphs.carts.pricing import ADVICE, PricedLine, Problem, Quote, read_quote
from entrepot.subgraphs.carts.states import CART, CartStatus

strawberry.enum(CartStatus, description="Whether a cart can be changed and ordered.")
strawberry.enum(Problem, name="CartProblemCode", description="Why a line cannot be ordered.")


@strawberry.type(description="Why a line of a cart cannot be ordered as it is.")
class CartProblem:
    code: Problem
    message: str = strawberry.field(description="What to do, for people.")
    line_id: strawberry.ID

    @classmethod
    def of(cls, priced: PricedLine) -> Self | None:
        if priced.problem is None:
            return None
        return cls(code=priced.problem, message=ADVICE[priced.problem], line_id=strawberry.ID(priced.line.id))


@strawberry.type(description="So many pieces of a variant, at the price of the cart's revision.")
class CartLine:
    id: strawberry.ID
    variant: ProductVariant = strawberry.federation.field(provides=["sku"])
    quantity: int
    unit_price: Money | None = strawberry.field(
        description="What one costs at this revision of the cart; null where it has no price."
    )
    line_total: Money | None = strawberry.field(description="The unit price times the quantity.")
    problem: CartProblem | None = strawberry.field(description="Why it cannot be ordered; null when it can.")
    seller: Seller

    @classmethod
    def of(cls, priced: PricedLine) -> Self:
        return cls(
            id=strawberry.ID(priced.line.id),
            variant=ProductVariant(id=strawberry.ID(priced.variant.id), sku=priced.variant.sku),
            quantity=priced.line.quantity,
            unit_price=present(priced.unit_price, Money.of),
            line_total=present(priced.line_total, Money.of),
            problem=CartProblem.of(priced),
            seller=Seller(id=strawberry.ID(priced.variant.seller_id)),
        )


@strawberry.federation.type(keys=["id"], description="What a customer or a guest means to buy.")
class Cart:
    id: strawberry.ID
    revision: int = strawberry.field(description="Counts every change; give it back as expectedRevision.")
    status: CartStatus
    currency: CurrencyCode
    channel: str
    created_at: datetime
    updated_at: datetime
    merged_into_id: strawberry.ID | None = strawberry.field(
        description="The cart that has its lines now, when it is MERGED."
    )
    owner_id: strawberry.Private[str | None]

    @strawberry.field(description="The states the cart may go to.")
    def allowed_transitions(self) -> list[CartStatus]:
        return sorted(CART.next_states(self.status))

    @strawberry.field(description="Whose it is; null for a guest's.")
    def owner(self) -> User | None:
        return None if self.owner_id is None else User(id=strawberry.ID(self.owner_id))

    @strawberry.field(description="In the order they were added; at most as many as a cart can have.")
    async def lines(self, info: CartInfo) -> list[CartLine]:
        return [CartLine.of(line) for line in (await self._quote(info)).lines]

    @strawberry.field(description="The sum of the line totals.")
    async def subtotal(self, info: CartInfo) -> Money:
        return Money.of((await self._quote(info)).subtotal)

    @strawberry.field(description="Taxes on top of the subtotal.")
    async def tax_lines(self, info: CartInfo) -> list[TaxLine]:
        return [_tax_line(tax) for tax in (await self._quote(info)).taxes]

    @strawberry.field(description="The subtotal and all taxes.")
    async def total(self, info: CartInfo) -> Money:
        return Money.of((await self._quote(info)).total)

    @strawberry.field(description="What keeps the cart from being ordered; empty when nothing does.")
    async def problems(self, info: CartInfo) -> list[CartProblem]:
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
            merged_into_id=present(cart.merged_into_id, strawberry.ID),
            owner_id=cart.owner_id,
        )

    @classmethod
    async def resolve_references(
        cls, context: CartContext, representations: Sequence[Representation]
    ) -> Sequence[Cart | None]:
        access = read_access(context)

        def show(cart: models.Cart) -> Cart | None:
            return Cart.from_model(cart) if access.can_read(cart) else None

        return await resolve_by_key(context, representations, {"id": CartByIdLoader}, show)


@strawberry.type
class CartEdge:
    node: Cart
    cursor: str


@strawberry.type(description="A page of carts.")
class CartConnection:
    edges: list[CartEdge]
    page_info: PageInfo


def _tax_line(tax: pricing.Tax) -> TaxLine:
    return TaxLine(name=tax.name, rate=tax.rate, amount=Money.of(tax.amount))
