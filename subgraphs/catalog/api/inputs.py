"""Inputs of the catalog."""

from __future__ import annotations

import strawberry

from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import CurrencyCode, MoneyInput
from entrepot.shared.money import Money
from entrepot.subgraphs.catalog.checks import PriceOffer
from entrepot.subgraphs.catalog.images import Image
from entrepot.subgraphs.catalog.models import DEFAULT_CHANNEL
from entrepot.subgraphs.catalog.search import ProductFilter


@strawberry.input(description="What products must be like; what is left out asks nothing.")
class ProductFilterInput:
    search: str | None = strawberry.field(default=None, description="Words that all occur in name, description or SKU.")
    category_id: strawberry.ID | None = strawberry.field(default=None, description="In this category or below it.")
    is_featured: bool | None = None
    currency: CurrencyCode | None = strawberry.field(default=None, description="The currency of the price limits.")
    minimum_price: int | None = strawberry.field(default=None, description="In minor units, inclusive; needs currency.")
    maximum_price: int | None = strawberry.field(default=None, description="In minor units, inclusive; needs currency.")
    channel: str = DEFAULT_CHANNEL

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


@strawberry.input(description="A picture and what it shows.")
class ProductImageInput:
    url: str = strawberry.field(
        description="An http or https URL, or a path that begins with one slash; at most 2000 characters."
    )
    alt_text: str = strawberry.field(
        description="What the picture shows, for people who do not see it; 1 to 250 characters."
    )

    def to_image(self) -> Image:
        return Image(self.url, self.alt_text)


@strawberry.input
class CreateCategoryInput:
    name: str
    slug: str
    parent_id: strawberry.ID | None = None
    image: ProductImageInput | None = strawberry.field(default=None, description="The picture of the category.")
    idempotency_key: str


@strawberry.input
class CreateProductInput:
    name: str
    slug: str
    description: str = ""
    category_id: strawberry.ID | None = None
    is_featured: bool = False
    images: list[ProductImageInput] = strawberry.field(
        default_factory=list, description="The pictures of the product, the main one first; at most twenty."
    )
    idempotency_key: str


@strawberry.input
class PriceInput:
    amount: MoneyInput
    compare_at: MoneyInput | None = None
    channel: str = DEFAULT_CHANNEL

    def to_offer(self) -> PriceOffer:
        return PriceOffer(self.amount.to_money(), self.compare_at.to_money() if self.compare_at else None, self.channel)


@strawberry.input
class VariantAttributeInput:
    name: str
    value: str


@strawberry.input
class CreateProductVariantInput:
    product_id: strawberry.ID
    sku: str
    name: str
    prices: list[PriceInput]
    attributes: list[VariantAttributeInput] = strawberry.field(default_factory=list)
    idempotency_key: str


@strawberry.input
class SetProductVariantPricesInput:
    variant_id: strawberry.ID
    prices: list[PriceInput]


@strawberry.input
class PublishProductInput:
    product_id: strawberry.ID


@strawberry.input
class ArchiveProductInput:
    product_id: strawberry.ID
