"""Products: created as drafts, for sale once published, withdrawn when archived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from entrepot.shared.errors import NotFound
from entrepot.shared.input_checks import check_input
from entrepot.shared.scalars import Id
from entrepot.subgraphs.catalog import models
from entrepot.subgraphs.catalog.checks import check_description, check_name, check_slug
from entrepot.subgraphs.catalog.errors import NameTaken, NotSellable
from entrepot.subgraphs.catalog.images import ProductImage, check_images
from entrepot.subgraphs.catalog.models import Product, Seller
from entrepot.subgraphs.catalog.repository import CatalogRepository
from entrepot.subgraphs.catalog.search import build_search_text
from entrepot.subgraphs.catalog.service.unit import PRODUCTS, Unit, announce_product, announce_variants
from entrepot.subgraphs.catalog.states import PRODUCT, ProductStatus

DEFAULT_SELLER_ID: Final = "sel_00000000-0000-7000-8000-000000000001"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateProduct:
    """Create a product as a draft, visible to staff until it is published."""

    name: str
    """The name for display, 1 to 200 characters."""
    slug: str
    """The unique part of its URL: lower-case letters and digits in words joined by hyphens, at most 200 characters."""
    description: str = ""
    """The text of the product page, at most 20,000 characters."""
    category_id: Id | None = None
    """The category to list it in: `Category.id`."""
    is_featured: bool = False
    """Whether storefronts should highlight it."""
    images: tuple[ProductImage, ...] = ()
    """The pictures of the product, the main one first; at most twenty."""


async def create_product(unit: Unit, command: CreateProduct) -> Product:
    """A draft without variants; raises InvalidInput, NotFound for a category that is not known, NameTaken."""
    repository = CatalogRepository(unit.session)
    with check_input() as checks:
        checks.run(check_name, command.name)
        checks.run(check_slug, command.slug)
        checks.run(check_description, command.description)
        checks.run(check_images, command.images)
    if command.category_id is not None and await repository.get_category(command.category_id) is None:
        raise NotFound("category", command.category_id, path=("categoryId",))
    if await repository.get_product_by_slug(command.slug) is not None:
        raise NameTaken("product slug", command.slug, "slug")
    product = Product(
        id=unit.new_id("prd"),
        seller_id=(await _ensure_default_seller(unit, repository)).id,
        category_id=command.category_id,
        slug=command.slug,
        name=command.name.strip(),
        description=command.description,
        status=PRODUCT.initial,
        is_featured=command.is_featured,
        search_text=build_search_text(command.name, command.description, ()),
        created_at=unit.now,
        updated_at=unit.now,
    )
    repository.add(product)
    if command.images:
        # The row that the images refer to comes first.
        await unit.session.flush()
        images = enumerate(command.images)
        repository.add(*(_build_image(unit, product.id, image, position) for position, image in images))
    await announce_product(unit, product)
    return product


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishProduct:
    """Make a draft or archived product visible to everyone and available for orders."""

    product_id: Id
    """The product: `Product.id`. At least one of its variants needs a price."""


async def publish_product(unit: Unit, command: PublishProduct) -> Product:
    """For sale from now on; raises NotFound, NotSellable without a variant that has a price, InvalidTransition."""
    product = await find_product(unit, command.product_id, for_update=True)
    repository = CatalogRepository(unit.session)
    variants = await repository.list_variants_by_product_ids([product.id])
    if not await repository.list_prices_by_variant_ids([variant.id for variant in variants]):
        raise NotSellable(product.id)
    return await _move_product(unit, product, ProductStatus.ACTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveProduct:
    """Withdraw a product from sale; existing orders are not affected."""

    product_id: Id
    """The product: `Product.id`."""


async def archive_product(unit: Unit, command: ArchiveProduct) -> Product:
    """No longer for sale; raises NotFound, InvalidTransition."""
    product = await find_product(unit, command.product_id, for_update=True)
    return await _move_product(unit, product, ProductStatus.ARCHIVED)


async def find_product(unit: Unit, product_id: str, *, for_update: bool = False) -> Product:
    """The product; raises NotFound."""
    product = await CatalogRepository(unit.session).get_product(product_id, for_update=for_update)
    if product is None:
        raise NotFound("product", product_id, path=("productId",))
    return product


def _build_image(unit: Unit, product_id: str, image: ProductImage, position: int) -> models.ProductImage:
    return models.ProductImage(
        id=unit.new_id("img"),
        product_id=product_id,
        url=image.url,
        alt_text=image.alt_text.strip(),
        position=position,
    )


async def _move_product(unit: Unit, product: Product, status: ProductStatus) -> Product:
    await PRODUCTS.move(unit, product, status)
    variants = await CatalogRepository(unit.session).list_variants_by_product_ids([product.id])
    for variant in variants:
        variant.updated_at = unit.now
    await announce_variants(unit, product, variants)
    await announce_product(unit, product)
    return product


async def _ensure_default_seller(unit: Unit, repository: CatalogRepository) -> Seller:
    seller = await repository.get_seller(DEFAULT_SELLER_ID)
    if seller is None:
        seller = Seller(id=DEFAULT_SELLER_ID, name="Entrepot", created_at=unit.now, updated_at=unit.now)
        repository.add(seller)
        await unit.session.flush()
    return seller
