"""Products as they are published, read from the tables: those that were stored before the contract was there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.events.contracts.catalog import ProductChanged
from entrepot.subgraphs.catalog.events import product_changed
from entrepot.subgraphs.catalog.repository import CatalogRepository


async def list_product_states(session: AsyncSession, after: str, limit: int) -> Sequence[ProductChanged]:
    """The states of the products whose ids follow, in the order of the ids."""
    repository = CatalogRepository(session)
    products = await repository.list_products_after(after, limit)
    identities = [product.id for product in products]
    variants: defaultdict[str, list[str]] = defaultdict(list)
    for variant in await repository.list_variants_by_product_ids(identities):
        variants[variant.product_id].append(variant.id)
    images = await repository.list_image_urls(identities)
    return [product_changed(product, images.get(product.id, ()), variants[product.id]) for product in products]
