"""Types that every subgraph may speak of and resolves alike: money, addresses, pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

import strawberry

from entrepot.shared import money
from entrepot.shared.graphql.scalars import CurrencyCode, Long


@strawberry.federation.type(shareable=True)
class Money:
    """An exact amount of money in one currency."""

    minor_units: Long
    """The amount in the smallest unit of the currency: 1999 stands for 19.99 EUR, 1999 JPY for 1999 yen."""
    currency: CurrencyCode
    """The currency that the amount is in; amounts of different currencies cannot be added."""

    @strawberry.field
    def amount(self) -> Decimal:
        """The amount in the main unit of the currency, as a string: "19.99"."""
        return money.Money(self.minor_units, self.currency).amount

    @classmethod
    def of(cls, value: money.Money) -> Self:
        return cls(minor_units=Long(value.minor_units), currency=CurrencyCode(value.currency))


@strawberry.input
class MoneyInput:
    """An amount of money in one currency."""

    minor_units: Long
    """The amount in the smallest unit of the currency: 1999 for 19.99 EUR."""
    currency: CurrencyCode
    """The currency whose minor units are given."""

    def to_money(self) -> money.Money:
        return money.Money(int(self.minor_units), str(self.currency))


@strawberry.federation.type(shareable=True)
class TaxLine:
    """One tax on an amount."""

    name: str
    """The name of the tax for display, such as VAT."""
    rate: Decimal
    """The rate as a fraction: "0.19" stands for 19 %."""
    tax: Money
    """The amount of this tax."""


@strawberry.federation.type(shareable=True)
class PageInfo:
    """The position of a page in its list."""

    has_next_page: bool
    """Whether more items follow; if so, the next page is `after: endCursor`."""
    has_previous_page: bool
    """Whether items precede this page; if so, the previous page is `before: startCursor`."""
    start_cursor: str | None
    """The cursor of the first item; null when the page is empty."""
    end_cursor: str | None
    """The cursor of the last item; null when the page is empty."""
