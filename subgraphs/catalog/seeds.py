"""Demo data of the catalog: fixed, and safe to put in twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from entrepot.shared.events import UnitOfWorkFactory
from entrepot.shared.money import Money
from entrepot.shared.scalars import Id
from entrepot.subgraphs.catalog import service
from entrepot.subgraphs.catalog.config import CatalogDependencies
from entrepot.subgraphs.catalog.prices import Price
from entrepot.subgraphs.catalog.repository import CatalogRepository


@dataclass(frozen=True, slots=True)
class _Item:
    """A product of the demo shop; prices in EUR minor units by variant."""

    slug: str
    name: str
    category: str
    description: str
    variants: tuple[tuple[str, str, int], ...]
    is_featured: bool = False


_CATEGORIES: Final = (
    ("coffee", "Coffee", None),
    ("beans", "Beans", "coffee"),
    ("brewing", "Brewing", "coffee"),
    ("tea", "Tea", None),
)

_ITEMS: Final = (
    _Item(
        "harbour-espresso",
        "Harbour Espresso",
        "beans",
        "A dark roast from the quayside, with notes of cocoa.",
        (("BEAN-HARBOUR-250", "250 g", 1190), ("BEAN-HARBOUR-1000", "1 kg", 3990)),
        is_featured=True,
    ),
    _Item(
        "lighthouse-filter",
        "Lighthouse Filter",
        "beans",
        "A light roast for slow mornings, with notes of bergamot.",
        (("BEAN-LIGHT-250", "250 g", 1290), ("BEAN-LIGHT-1000", "1 kg", 4290)),
    ),
    _Item(
        "dockside-press",
        "Dockside French Press",
        "brewing",
        "Steel and glass, one litre.",
        (("PRESS-DOCK-1L", "1 l", 3450),),
        is_featured=True,
    ),
    _Item(
        "captains-kettle",
        "Captain's Kettle",
        "brewing",
        "A gooseneck kettle with a thermometer.",
        (("KETTLE-CAPTAIN-BLACK", "Black", 6900), ("KETTLE-CAPTAIN-STEEL", "Steel", 6500)),
    ),
    _Item(
        "monsoon-assam",
        "Monsoon Assam",
        "tea",
        "A malty black tea, whole leaf.",
        (("TEA-ASSAM-100", "100 g", 890),),
    ),
)


async def seed(transactions: UnitOfWorkFactory[CatalogDependencies]) -> None:
    """Categories and products of the demo shop, each in a unit of work of its own."""
    for slug, name, parent in _CATEGORIES:
        async with transactions.begin() as unit:
            repository = CatalogRepository(unit.session)
            if await repository.get_category_by_slug(slug) is None:
                above = await repository.get_category_by_slug(parent) if parent else None
                command = service.CreateCategory(name=name, slug=slug, parent_id=Id(above.id) if above else None)
                await service.create_category(unit, command)
    for item in _ITEMS:
        async with transactions.begin() as unit:
            repository = CatalogRepository(unit.session)
            if await repository.get_product_by_slug(item.slug) is None:
                await _create(unit, repository, item)


async def _create(unit: service.Unit, repository: CatalogRepository, item: _Item) -> None:
    category = await repository.get_category_by_slug(item.category)
    command = service.CreateProduct(
        name=item.name,
        slug=item.slug,
        description=item.description,
        category_id=Id(category.id) if category else None,
        is_featured=item.is_featured,
    )
    product_id = Id((await service.create_product(unit, command)).id)
    await unit.session.flush()
    for sku, name, euros in item.variants:
        prices = (Price(Money(euros, "EUR")), Price(Money(euros * 11 // 10, "USD")))
        await service.create_variant(
            unit, service.CreateProductVariant(product_id=product_id, sku=sku, name=name, prices=prices)
        )
    await service.publish_product(unit, service.PublishProduct(product_id=product_id))
