"""The unit of work of the catalog, and the announcements of variants and products that most changes end with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from entrepot.shared.events import UnitOfWork
from entrepot.shared.events.lifecycle import Lifecycle
from entrepot.subgraphs.catalog.config import CatalogDependencies
from entrepot.subgraphs.catalog.events import product_changed, variant_changed
from entrepot.subgraphs.catalog.models import Product, Variant
from entrepot.subgraphs.catalog.repository import CatalogRepository
from entrepot.subgraphs.catalog.states import PRODUCT

Unit = UnitOfWork[CatalogDependencies]
PRODUCTS: Final = Lifecycle(PRODUCT, Product)
"""How products move; who moves one announces it and its variants."""


async def announce_variants(unit: Unit, product: Product, variants: Sequence[Variant]) -> None:
    """Tell all the facts of the variants as they are now, each as its next revision."""
    await unit.session.flush()
    prices = await CatalogRepository(unit.session).list_prices_by_variant_ids([variant.id for variant in variants])
    for variant in variants:
        own = [price for price in prices if price.variant_id == variant.id]
        variant.revision += 1
        unit.publish(variant_changed(product, variant, own))


async def announce_product(unit: Unit, product: Product) -> None:
    """Publish the product as it is now; its row is changed by every unit that does, so that events follow commits."""
    await unit.session.flush()
    repository = CatalogRepository(unit.session)
    variants = await repository.list_variants_by_product_ids([product.id])
    images = await repository.list_image_urls([product.id])
    unit.publish(product_changed(product, images.get(product.id, ()), (variant.id for variant in variants)))
