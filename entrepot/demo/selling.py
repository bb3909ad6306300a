"""Writes the catalogue: categories, then products with their variants, prices and pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from entrepot.demo.catalogue import Category, Item, Offer, read_categories, read_items
from entrepot.demo.services import SeededServices
from entrepot.shared.events import UnitOfWork
from entrepot.shared.money import Money
from entrepot.shared.scalars import Id
from entrepot.subgraphs.catalog import service
from entrepot.subgraphs.catalog.config import CatalogDependencies
from entrepot.subgraphs.catalog.images import ProductImage
from entrepot.subgraphs.catalog.imports import VariantDraft, import_product
from entrepot.subgraphs.catalog.prices import Price
from entrepot.subgraphs.catalog.repository import CatalogRepository

Progress = Callable[[int, int], None]
"""Called with how many products there are by now, and how many there will be."""

_BATCH: Final = 20
"""Products in one transaction."""
_BETWEEN_BATCHES: Final = timedelta(hours=19)


async def write_catalogue(services: SeededServices, report: Progress) -> None:
    """Add what is missing of the catalogue."""
    category_ids = await _write_categories(services)
    items = read_items()
    for start in range(0, len(items), _BATCH):
        await _write_items(services, items[start : start + _BATCH], category_ids)
        services.clock.advance(_BETWEEN_BATCHES.total_seconds())
        report(min(start + _BATCH, len(items)), len(items))


def picture_of(item: Item) -> ProductImage:
    """The picture of a product."""
    return ProductImage(f"/pictures/{item.slug}.svg", f"{item.name} by {item.brand}")


def picture_of_category(category: Category) -> ProductImage:
    """The picture of a category."""
    return ProductImage(f"/pictures/category-{category.slug}.svg", f"Drawing for {category.name}")


async def _write_categories(services: SeededServices) -> dict[str, Id]:
    """The ids of all categories by slug."""
    ids: dict[str, Id] = {}
    async with services.transactions("catalog").begin() as unit:
        repository = CatalogRepository(unit.session)
        for category in read_categories():
            row = await repository.get_category_by_slug(category.slug)
            if row is None:
                command = service.CreateCategory(
                    name=category.name,
                    slug=category.slug,
                    parent_id=ids[category.parent] if category.parent else None,
                    image=picture_of_category(category),
                )
                row = await service.create_category(unit, command)
                await unit.session.flush()
            ids[category.slug] = Id(row.id)
    return ids


async def _write_items(services: SeededServices, items: Sequence[Item], category_ids: Mapping[str, Id]) -> None:
    async with services.transactions("catalog").begin() as unit:
        repository = CatalogRepository(unit.session)
        known = {row.slug for row in await repository.list_products_by_slugs([item.slug for item in items])}
        for item in items:
            if item.slug not in known:
                await _write_item(unit, item, category_ids[item.category])


async def _write_item(unit: UnitOfWork[CatalogDependencies], item: Item, category_id: Id) -> None:
    command = service.CreateProduct(
        name=item.name,
        slug=item.slug,
        description=item.description,
        category_id=category_id,
        is_featured=item.is_featured,
        images=(picture_of(item),),
    )
    variants = [
        VariantDraft(offer.sku, offer.name, list(_list_prices(offer)), offer.attributes) for offer in item.offers
    ]
    await import_product(unit, command, variants)


def _list_prices(offer: Offer) -> Iterator[Price]:
    """In euros, and in dollars a tenth above it."""
    yield Price(offer.price, offer.compare_at)
    yield Price(_in_dollars(offer.price), offer.compare_at and _in_dollars(offer.compare_at))


def _in_dollars(price: Money) -> Money:
    return Money(price.minor_units * 11 // 10, "USD")
