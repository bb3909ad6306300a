"""The read model of the catalog's variants and prices, fed by VariantChanged."""

from __future__ import annotations

from entrepot.shared.events.contracts.catalog import VariantChanged
from entrepot.subgraphs.carts.repository import BatchRepository, CartRepository
from entrepot.subgraphs.carts.service import REPRICING, Unit


async def project_variant(unit: Unit, event: VariantChanged) -> None:
    """Know the variant as the event says, unless a later one came before; carts that hold it are due to be repriced."""
    repository = CartRepository(unit.session)
    row = {
        "id": event.variant_id,
        "seller_id": event.seller_id,
        "sku": event.sku,
        "product_name": event.product_name,
        "name": event.variant_name,
        "is_sellable": event.is_sellable,
        "prices": [[price.channel, price.currency, price.minor_units] for price in event.prices],
        "revision": event.revision,
    }
    if await repository.add_variant(row):
        return  # No cart can hold what was not known.
    if await repository.update_variant(row):
        await BatchRepository(unit.session).add_repricing(event.variant_id, event.revision)
        unit.notify_job(REPRICING)


async def outdate_variants(unit: Unit) -> None:
    """Take every variant for outdated, so that the read model can be made again."""
    await CartRepository(unit.session).outdate_variants()
