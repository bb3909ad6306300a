"""Use cases of the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from entrepot.shared.errors import InvalidInput, NotFound
from entrepot.shared.events import UnitOfWork
from entrepot.shared.input_checks import check_input
from entrepot.subgraphs.catalog.checks import (
    PriceOffer,
    check_attributes,
    check_description,
    check_name,
    check_offers,
    check_sku,
    check_slug,
)
from entrepot.subgraphs.catalog.config import CatalogDependencies
from entrepot.subgraphs.catalog.errors import NameTaken, NotSellable
from entrepot.subgraphs.catalog.events import variant_changed
from entrepot.subgraphs.catalog.images import Image, check_image, check_images
from entrepot.subgraphs.catalog.models import Category, Price, Product, ProductImage, Seller, Variant
from entrepot.subgraphs.catalog.repository import CatalogRepository
from entrepot.subgraphs.catalog.search import build_search_text
from entrepot.subgraphs.catalog.states import PRODUCT, ProductStatus

Unit = UnitOfWork[CatalogDependencies]

DEFAULT_SELLER_ID: Final = "sel_00000000-0000-7000-8000-000000000001"


async def create_category(
    unit: Unit, *, name: str, slug: str, parent_id: str | None = None, image: Image | None = None
) -> Category:
    repository = CatalogRepository(unit.session)
    with check_input() as checks:
        checks.run(check_name, name)
        checks.run(check_slug, slug)
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
        checks.run(check_name, name)
        checks.run(check_slug, slug)
        checks.run(check_description, description)
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
        checks.run(check_name, name)
        checks.run(check_sku, sku)
        checks.run(check_attributes, attributes or {})
        checks.run(check_offers, prices)
    if await repository.is_sku_taken(sku):
        raise NameTaken("SKU", sku, "sku")
    if await repository.count_variants(product_id) >= unit.dependencies.settings.max_variants_per_product:
        raise InvalidInput(f"A product has at most {unit.dependencies.settings.max_variants_per_product} variants.")
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
    check_offers(prices)
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
        unit.publish(variant_changed(product, variant, own))


def _terms_of(price: Price) -> tuple[str, str, int, int | None]:
    return price.channel, price.currency, price.minor_units, price.compare_at_minor_units


async def _ensure_default_seller(unit: Unit, repository: CatalogRepository) -> Seller:
    seller = await repository.get_seller(DEFAULT_SELLER_ID)
    if seller is None:
        seller = Seller(id=DEFAULT_SELLER_ID, name="Entrepot", created_at=unit.now, updated_at=unit.now)
        repository.add(seller)
        await unit.session.flush()
    return seller
