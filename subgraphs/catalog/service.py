"""Use cases of the catalog."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.shared.errors import InvalidInput, NotFound
from entrepot.shared.events import UnitOfWork
from entrepot.shared.input_checks import check_input
from entrepot.shared.money import Money
from entrepot.subgraphs.catalog.config import CatalogSettings
from entrepot.subgraphs.catalog.errors import NameTaken, NotSellable
from entrepot.subgraphs.catalog.events import variant_changed
from entrepot.subgraphs.catalog.images import Image, check_image, check_images
from entrepot.subgraphs.catalog.models import DEFAULT_CHANNEL, Category, Price, Product, ProductImage, Seller, Variant
from entrepot.subgraphs.catalog.repository import CatalogRepository
from entrepot.subgraphs.catalog.search import build_search_text
from entrepot.subgraphs.catalog.states import PRODUCT, ProductStatus

Unit = UnitOfWork[CatalogSettings]

DEFAULT_SELLER_ID: Final = "sel_00000000-0000-7000-8000-000000000001"
_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MAX_NAME: Final = 200
_MAX_DESCRIPTION: Final = 20_000
_MAX_ATTRIBUTES: Final = 50
_MAX_OFFERS: Final = 200
_MAX_MINOR_UNITS: Final = 10**12
_CHANNEL: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class PriceOffer:
    """A price to be set: `compare_at` is what it cost before."""

    amount: Money
    compare_at: Money | None = None
    channel: str = DEFAULT_CHANNEL

    def to_price(self, variant_id: str) -> Price:
        return Price(
            variant_id=variant_id,
            channel=self.channel,
            currency=self.amount.currency,
            minor_units=self.amount.minor_units,
            compare_at_minor_units=self.compare_at.minor_units if self.compare_at else None,
        )


async def create_category(
    unit: Unit, *, name: str, slug: str, parent_id: str | None = None, image: Image | None = None
) -> Category:
    repository = CatalogRepository(unit.session)
    with check_input() as checks:
        checks.run(_check_name, name)
        checks.run(_check_slug, slug)
        if image is not None:
            checks.run(check_image, image, path=("image",))
    parent_path = ""
    if parent_id is not None:
        parent = await repository.get_category(parent_id)
        if parent is None:
            raise NotFound("category", parent_id, path=("parentId",))
        parent_path = parent.path
    if await repository.get_category_by_slug(slug) is not None:
        raise NameTaken("category slug", slug, "slug")
    identity = unit.new_id("cat")
    category = Category(
        id=identity,
        parent_id=parent_id,
        slug=slug,
        name=name.strip(),
        path=f"{parent_path}{identity}/",
        image_url=image.url if image else None,
        image_alt_text=image.alt_text.strip() if image else None,
        created_at=unit.now,
        updated_at=unit.now,
    )
    repository.add(category)
    return category


async def create_product(
    unit: Unit,
    *,
    name: str,
    slug: str,
    description: str = "",
    category_id: str | None = None,
    is_featured: bool = False,
    images: Sequence[Image] = (),
) -> Product:
    """A draft without variants."""
    repository = CatalogRepository(unit.session)
    with check_input() as checks:
        checks.run(_check_name, name)
        checks.run(_check_slug, slug)
        checks.run(_check_description, description)
        checks.run(check_images, images)
    if category_id is not None and await repository.get_category(category_id) is None:
        raise NotFound("category", category_id, path=("categoryId",))
    if await repository.get_product_by_slug(slug) is not None:
        raise NameTaken("product slug", slug, "slug")
    product = Product(
        id=unit.new_id("prd"),
        seller_id=(await _ensure_default_seller(unit, repository)).id,
        category_id=category_id,
        slug=slug,
        name=name.strip(),
        description=description,
        status=PRODUCT.initial,
        is_featured=is_featured,
        search_text=build_search_text(name, description, ()),
        created_at=unit.now,
        updated_at=unit.now,
    )
    repository.add(product)
    if images:
        # The row that the images refer to comes first.
        await unit.session.flush()
        repository.add(*(_build_image(unit, product.id, image, position) for position, image in enumerate(images)))
    return product


async def create_variant(
    unit: Unit,
    *,
    product_id: str,
    sku: str,
    name: str,
    prices: Sequence[PriceOffer],
    attributes: Mapping[str, str] | None = None,
) -> Variant:
    repository = CatalogRepository(unit.session)
    product = await find_product(unit, product_id)
    sku = sku.strip()
    with check_input() as checks:
        checks.run(_check_name, name)
        checks.run(_check_sku, sku)
        checks.run(_check_attributes, attributes or {})
        checks.run(_check_offers, prices)
    if await repository.is_sku_taken(sku):
        raise NameTaken("SKU", sku, "sku")
    if await repository.count_variants(product_id) >= unit.ports.max_variants_per_product:
        raise InvalidInput(f"A product has at most {unit.ports.max_variants_per_product} variants.")
    variant = Variant(
        id=unit.new_id("var"),
        product_id=product_id,
        sku=sku,
        name=name.strip(),
        attributes=dict(attributes or {}),
        revision=0,
        created_at=unit.now,
        updated_at=unit.now,
    )
    repository.add(variant)
    product.search_text = f"{product.search_text} {sku.casefold()}"
    product.updated_at = unit.now
    await unit.session.flush()
    return await set_prices(unit, variant_id=variant.id, prices=prices)


async def set_prices(unit: Unit, *, variant_id: str, prices: Sequence[PriceOffer]) -> Variant:
    """Set the prices of the channels and currencies given; others stay. Nothing is announced when nothing differs."""
    repository = CatalogRepository(unit.session)
    variant = await repository.get_variant(variant_id)
    if variant is None:
        raise NotFound("variant", variant_id, path=("variantId",))
    _check_offers(prices)
    known = {_terms_of(price) for price in await repository.list_prices_by_variant_ids([variant_id])}
    wanted = {(offer.channel, offer.amount.currency): offer.to_price(variant_id) for offer in prices}
    changed = [price for price in wanted.values() if _terms_of(price) not in known]
    if not changed and variant.revision > 0:
        return variant  # A price list that comes again as it was is no change: no event, and no cart differs.
    for price in changed:
        await unit.session.merge(price)
    variant.updated_at = unit.now
    await _announce_variants(unit, await find_product(unit, variant.product_id), [variant])
    return variant


async def publish_product(unit: Unit, *, product_id: str) -> Product:
    """For sale from now on; needs a variant with a price."""
    product = await find_product(unit, product_id)
    repository = CatalogRepository(unit.session)
    variants = await repository.list_variants_by_product_ids([product_id])
    if not await repository.list_prices_by_variant_ids([variant.id for variant in variants]):
        raise NotSellable(product_id)
    return await _move_product(unit, product, ProductStatus.ACTIVE)


async def archive_product(unit: Unit, *, product_id: str) -> Product:
    """No longer for sale."""
    return await _move_product(unit, await find_product(unit, product_id), ProductStatus.ARCHIVED)


async def find_product(unit: Unit, product_id: str) -> Product:
    """The product; raises NotFound."""
    product = await CatalogRepository(unit.session).get_product(product_id)
    if product is None:
        raise NotFound("product", product_id, path=("productId",))
    return product


async def find_variant(unit: Unit, variant_id: str) -> Variant:
    """The variant; raises NotFound."""
    variant = await CatalogRepository(unit.session).get_variant(variant_id)
    if variant is None:
        raise NotFound("variant", variant_id, path=("variantId",))
    return variant


async def find_category(unit: Unit, category_id: str) -> Category:
    """The category; raises NotFound."""
    category = await CatalogRepository(unit.session).get_category(category_id)
    if category is None:
        raise NotFound("category", category_id, path=("categoryId",))
    return category


def _build_image(unit: Unit, product_id: str, image: Image, position: int) -> ProductImage:
    return ProductImage(
        id=unit.new_id("img"),
        product_id=product_id,
        url=image.url,
        alt_text=image.alt_text.strip(),
        position=position,
    )


async def _move_product(unit: Unit, product: Product, status: ProductStatus) -> Product:
    product.move_to(status, unit.now)
    variants = await CatalogRepository(unit.session).list_variants_by_product_ids([product.id])
    for variant in variants:
        variant.updated_at = unit.now
    await _announce_variants(unit, product, variants)
    return product


async def _announce_variants(unit: Unit, product: Product, variants: Sequence[Variant]) -> None:
    await unit.session.flush()
    prices = await CatalogRepository(unit.session).list_prices_by_variant_ids([variant.id for variant in variants])
    for variant in variants:
        own = [price for price in prices if price.variant_id == variant.id]
        variant.revision += 1
        unit.announce(variant_changed(product, variant, own))


def _terms_of(price: Price) -> tuple[str, str, int, int | None]:
    return price.channel, price.currency, price.minor_units, price.compare_at_minor_units


async def _ensure_default_seller(unit: Unit, repository: CatalogRepository) -> Seller:
    seller = await repository.get_seller(DEFAULT_SELLER_ID)
    if seller is None:
        seller = Seller(id=DEFAULT_SELLER_ID, name="Entrepot", created_at=unit.now, updated_at=unit.now)
        repository.add(seller)
        await unit.session.flush()
    return seller


def _check_name(name: str) -> None:
    if not 1 <= len(name.strip()) <= _MAX_NAME:
        raise InvalidInput(f"A name has from 1 to {_MAX_NAME} characters.", path=("name",))


def _check_slug(slug: str) -> None:
    if len(slug) > _MAX_NAME or not _SLUG.fullmatch(slug):
        raise InvalidInput("A slug is lower-case letters and digits in words joined by hyphens.", path=("slug",))


def _check_description(description: str) -> None:
    if len(description) > _MAX_DESCRIPTION:
        raise InvalidInput(f"A description has at most {_MAX_DESCRIPTION} characters.", path=("description",))


def _check_sku(sku: str) -> None:
    if not 1 <= len(sku) <= _MAX_NAME:
        raise InvalidInput(f"A SKU has from 1 to {_MAX_NAME} characters.", path=("sku",))


def _check_attributes(attributes: Mapping[str, str]) -> None:
    if len(attributes) > _MAX_ATTRIBUTES or any(
        not 1 <= len(text) <= _MAX_NAME for item in attributes.items() for text in item
    ):
        raise InvalidInput(
            f"A variant has at most {_MAX_ATTRIBUTES} attributes, names and values of 1 to {_MAX_NAME} characters.",
            path=("attributes",),
        )


def _check_offers(prices: Sequence[PriceOffer]) -> None:
    if len(prices) > _MAX_OFFERS:
        raise InvalidInput(f"At most {_MAX_OFFERS} prices are set at once.", path=("prices",))
    with check_input() as checks:
        for position, offer in enumerate(prices):
            checks.run(_check_offer, offer, ("prices", str(position)))


def _check_offer(offer: PriceOffer, path: tuple[str, ...]) -> None:
    with check_input() as checks:
        checks.run(_check_channel, offer.channel, (*path, "channel"))
        checks.run(_check_amount, offer.amount, (*path, "amount"))
        if offer.compare_at is not None:
            checks.run(_check_compare_at, offer.compare_at, offer.amount, (*path, "compareAt"))


def _check_channel(channel: str, path: tuple[str, ...]) -> None:
    if not _CHANNEL.fullmatch(channel):
        raise InvalidInput("A channel is up to 32 lower-case letters, digits and hyphens.", path=path)


def _check_amount(amount: Money, path: tuple[str, ...]) -> None:
    if not 0 <= amount.minor_units <= _MAX_MINOR_UNITS:
        raise InvalidInput(f"A price is from 0 to {_MAX_MINOR_UNITS} minor units.", path=path)


def _check_compare_at(compare_at: Money, amount: Money, path: tuple[str, ...]) -> None:
    _check_amount(compare_at, path)
    if compare_at.currency != amount.currency or compare_at.minor_units <= amount.minor_units:
        raise InvalidInput("compareAt is a higher amount of the same currency.", path=path)
