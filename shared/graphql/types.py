"""Types that every subgraph may speak of and resolves alike: money, addresses, pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

import strawberry

from entrepot.shared import money
from entrepot.shared.graphql.scalars import CurrencyCode, Long


@strawberry.federation.type(shareable=True, description="An amount of money, exact.")
class Money:
    minor_units: Long = strawberry.field(
        description="The amount in the smallest unit of the currency: 1999 for 19.99 EUR."
    )
    currency: CurrencyCode
    amount: Decimal = strawberry.field(description='The amount in the currency\'s main unit, as text: "19.99".')

    @classmethod
    def of(cls, value: money.Money) -> Self:
        return cls(minor_units=Long(value.minor_units), currency=CurrencyCode(value.currency), amount=value.amount)


@strawberry.input(description="An amount of money.")
class MoneyInput:
    minor_units: Long = strawberry.field(
        description="The amount in the smallest unit of the currency: 1999 for 19.99 EUR."
    )
    currency: CurrencyCode

    def to_money(self) -> money.Money:
        return money.Money(int(self.minor_units), str(self.currency))


@strawberry.federation.type(shareable=True, description="A tax that is part of an amount.")
class TaxLine:
    name: str
    rate: Decimal = strawberry.field(description='The rate as a fraction, as text: "0.19" for 19 %.')
    amount: Money


@strawberry.federation.type(shareable=True, description="What a page of a list is followed and preceded by.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None
