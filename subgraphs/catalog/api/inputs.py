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
    """The name for display, 1 to 200 characters."""
    slug: str
    """The unique part of its URL: lower-case letters and digits in words joined by hyphens, at most 200 characters."""
    parent_id: strawberry.ID | None = None
    """The category to place it below: `Category.id`; without it the category is a root."""
    image: ProductImageInput | None = None
    """The picture of the category."""
    idempotency_key: str


@strawberry.input
class CreateProductInput:
    name: str
    """The name for display, 1 to 200 characters."""
    slug: str
    """The unique part of its URL: lower-case letters and digits in words joined by hyphens, at most 200 characters."""
    description: str = ""
    """The text of the product page, at most 20,000 characters."""
    category_id: strawberry.ID | None = None
    """The category to list it in: `Category.id`."""
    is_featured: bool = False
    """Whether storefronts should highlight it."""
    images: list[ProductImageInput] = strawberry.field(default_factory=list)
    """The pictures of the product, the main one first; at most twenty."""
    idempotency_key: str


@strawberry.input
class PriceInput:
    """A price of a variant in one sales channel and one currency."""

    amount: MoneyInput
    """The price of one unit, 0 to 1,000,000,000,000 minor units."""
    compare_at: MoneyInput | None = None
    """The previous price, for display as crossed out: higher than `amount` and in the same currency."""
    channel: str = DEFAULT_CHANNEL
    """The sales channel: up to 32 lower-case letters, digits and hyphens."""

    def to_offer(self) -> PriceOffer:
        return PriceOffer(self.amount.to_money(), self.compare_at.to_money() if self.compare_at else None, self.channel)


@strawberry.input
class VariantAttributeInput:
    """A property that distinguishes a variant from others of its product."""

    name: str
    """The property, such as size; 1 to 200 characters. Of two with the same name the last one counts."""
    value: str
    """The value, such as XL; 1 to 200 characters."""


@strawberry.input
class CreateProductVariantInput:
    product_id: strawberry.ID
    """The product that it is a version of: `Product.id`. A product has at most 100 variants by default."""
    sku: str
    """The stock keeping unit: the merchant's own unique code of the variant, 1 to 200 characters."""
    name: str
    """The name for display beside the name of the product, 1 to 200 characters."""
    prices: list[PriceInput]
    """Its prices by channel and currency, at most 200; without a price it cannot be ordered."""
    attributes: list[VariantAttributeInput] = strawberry.field(default_factory=list)
    """Its distinguishing properties, at most 50."""
    idempotency_key: str


@strawberry.input
class SetProductVariantPricesInput:
    variant_id: strawberry.ID
    """The variant: `ProductVariant.id`."""
    prices: list[PriceInput]
    """The prices to add or replace, at most 200; those of other channels and currencies stay."""


@strawberry.input
class PublishProductInput:
    product_id: strawberry.ID
    """The product: `Product.id`. At least one of its variants needs a price."""


@strawberry.input
class ArchiveProductInput:
    product_id: strawberry.ID
    """The product: `Product.id`."""
