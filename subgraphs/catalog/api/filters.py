"""Filters of the catalog's lists."""

from __future__ import annotations

import strawberry

from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import CurrencyCode
from entrepot.shared.money import Money
from entrepot.subgraphs.catalog.models import DEFAULT_CHANNEL
from entrepot.subgraphs.catalog.search import ProductFilter


@strawberry.input
class ProductFilterInput:
    """Conditions for products, all of which must hold; an omitted one is ignored."""

    search: str | None = None
    """Words that must all occur in the name, the description or a SKU; case is ignored, and the first 8 words count."""
    category_id: strawberry.ID | None = None
    """Only products of this category or of one below it: `Category.id`."""
    is_featured: bool | None = None
    """Only products that are featured (true) or that are not (false)."""
    currency: CurrencyCode | None = None
    """The currency of `minimumPrice` and `maximumPrice`; required with either."""
    minimum_price: int | None = None
    """Only products with a variant at this price or above, in minor units."""
    maximum_price: int | None = None
    """Only products with a variant at this price or below, in minor units."""
    channel: str = DEFAULT_CHANNEL
    """The sales channel whose prices are compared."""

    def to_filter(self) -> ProductFilter:
        if self.currency is None and (self.minimum_price is not None or self.maximum_price is not None):
            raise InvalidInput(
                'Give currency with minimumPrice and maximumPrice, such as currency: "EUR".',
                path=("filter", "currency"),
            )
        return ProductFilter(
            search=self.search,
            category_id=self.category_id,
            is_featured=self.is_featured,
            minimum_price=self._limit(self.minimum_price),
            maximum_price=self._limit(self.maximum_price),
            channel=self.channel,
        )

    def _limit(self, minor_units: int | None) -> Money | None:
        return None if minor_units is None else Money(minor_units, str(self.currency or ""))


def read_filter(given: ProductFilterInput | None) -> ProductFilter:
    """The filter that was given, or the one that all products pass; raises InvalidInput."""
    return ProductFilter() if given is None else given.to_filter()
