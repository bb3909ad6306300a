"""What a cart costs: pure, from its lines and the catalog as it is known here, or as its revision was published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from entrepot.shared.money import Money, total
from entrepot.subgraphs.carts.errors import VariantNotForSale, VariantNotPriced
from entrepot.subgraphs.carts.models import Variant


class ProblemCode(StrEnum):
    """Why a line cannot be ordered."""

    NOT_FOR_SALE = "NOT_FOR_SALE"
    """The product is not published, or not any more."""
    NO_PRICE = "NO_PRICE"
    """The variant has no price in the channel and currency of the cart."""


ADVICE: Final = {
    ProblemCode.NOT_FOR_SALE: "This is not for sale at the moment. Remove it to order the rest.",
    ProblemCode.NO_PRICE: "This has no price in the currency of the cart. Remove it to order the rest.",
}
"""What to do about each, for people."""


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax that is part of the total."""

    name: str
    rate: Decimal
    amount: Money


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What a revision of a cart shows of a line beside its quantity; the line keeps it as JSON."""

    seller_id: str
    sku: str
    product_name: str
    variant_name: str
    unit_price: Money | None
    problem: ProblemCode | None

    def to_data(self) -> dict[str, Any]:
        """The facts as JSON values, without the currency, which is the cart's."""
        return {
            "seller_id": self.seller_id,
            "sku": self.sku,
            "product_name": self.product_name,
            "variant_name": self.variant_name,
            "minor_units": None if self.unit_price is None else self.unit_price.minor_units,
            "problem": self.problem,
        }


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line, or its row, with what it costs; without a price where there is none."""

    line: Any
    facts: LineFacts

    @property
    def unit_price(self) -> Money | None:
        return self.facts.unit_price

    @property
    def problem(self) -> ProblemCode | None:
        return self.facts.problem

    @property
    def line_total(self) -> Money | None:
        return None if self.facts.unit_price is None else self.facts.unit_price.times(self.line.quantity)


@dataclass(frozen=True, slots=True)
class Quote:
    """A cart with what it costs. `taxes` come from a tax domain; there is none yet."""

    currency: str
    lines: tuple[PricedLine, ...]
    taxes: tuple[Tax, ...] = ()

    @property
    def subtotal(self) -> Money:
        """The sum of all lines that have a price."""
        return total((line.line_total for line in self.lines if line.line_total is not None), self.currency)

    @property
    def total(self) -> Money:
        return total((self.subtotal, *(tax.amount for tax in self.taxes)), self.currency)

    @property
    def problems(self) -> tuple[PricedLine, ...]:
        """The lines that cannot be ordered as they are."""
        return tuple(line for line in self.lines if line.problem is not None)


def price_lines(channel: str, currency: str, content: Iterable[tuple[Any, Any]]) -> Quote:
    """The quote of these lines in that channel and currency, by the catalog as it is known now."""
    return Quote(
        currency, tuple(PricedLine(line, price_variant(channel, currency, variant)) for line, variant in content)
    )


def read_quote(channel: str, currency: str, content: Iterable[tuple[Any, Any]]) -> Quote:
    """The quote that the cart's revision was published with; lines and variants may be rows."""
    return Quote(
        currency, tuple(PricedLine(line, _read_facts(channel, currency, line, variant)) for line, variant in content)
    )


def price_variant(channel: str, currency: str, variant: Any) -> LineFacts:
    """What a cart of that channel and currency shows of the variant, or its row, as the catalog is known now."""
    return LineFacts(
        seller_id=variant.seller_id,
        sku=variant.sku,
        product_name=variant.product_name,
        variant_name=variant.name,
        unit_price=price_in(variant, channel, currency),
        problem=find_problem(variant, channel, currency),
    )


def is_as_quoted(quoted: Mapping[str, Any] | None, facts: Mapping[str, Any]) -> bool:
    """Whether the line shows these facts already; those that were not kept yet when it was published do not count."""
    return quoted is not None and all(quoted.get(name, value) == value for name, value in facts.items())


def price_in(variant: Variant, channel: str, currency: str) -> Money | None:
    """What one costs there, None where it has no price."""
    found = [price[2] for price in variant.prices if (price[0], price[1]) == (channel, currency)]
    return Money(found[0], currency) if found else None


def find_problem(variant: Variant, channel: str, currency: str) -> ProblemCode | None:
    """Why the variant cannot be ordered there, None when it can."""
    if not variant.is_sellable:
        return ProblemCode.NOT_FOR_SALE
    return ProblemCode.NO_PRICE if price_in(variant, channel, currency) is None else None


def check_orderable(variant: Variant, channel: str, currency: str, *, path: str) -> None:
    """Raise VariantNotForSale or VariantNotPriced for what cannot be ordered; `path` names the input field."""
    problem = find_problem(variant, channel, currency)
    if problem is ProblemCode.NOT_FOR_SALE:
        raise VariantNotForSale(variant.id, path)
    if problem is ProblemCode.NO_PRICE:
        raise VariantNotPriced(variant.id, channel, currency, path)


def _read_facts(channel: str, currency: str, line: Any, variant: Any) -> LineFacts:
    if line.quoted is None:  # Not published since quotes are kept.
        return price_variant(channel, currency, variant)
    minor_units, problem = line.quoted["minor_units"], line.quoted["problem"]
    return LineFacts(
        seller_id=line.quoted.get("seller_id", variant.seller_id),
        sku=line.quoted["sku"],
        product_name=line.quoted["product_name"],
        variant_name=line.quoted["variant_name"],
        unit_price=None if minor_units is None else Money(minor_units, currency),
        problem=None if problem is None else ProblemCode(problem),
    )
