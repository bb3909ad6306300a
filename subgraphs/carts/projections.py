"""The read model of the catalog's variants and prices, fed by VariantChanged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.events.contracts.catalog import VariantChanged
from entrepot.subgraphs.carts.repository import BatchRepository, CartRepository
from entrepot.subgraphs.carts.service import REPRICING, Unit


async def project_variant(unit: Unit, event: VariantChanged) -> None:
    """Know the variant as the event says, unless a later one came before; carts that hold it are due to be repriced."""
    repository, row = CartRepository(unit.session), build_variant_row(event)
    if await repository.add_variant(row):
        return  # No cart can hold what was not known.
    if await repository.update_variant(row):
        await BatchRepository(unit.session).add_repricing(event.variant_id, event.revision)
        unit.notify_job(REPRICING)


def build_variant_row(event: VariantChanged) -> dict[str, Any]:
    """The row of the variant that the event is about."""
    return {
        "id": event.variant_id,
        "seller_id": event.seller_id,
        "sku": event.sku,
        "product_name": event.product_name,
        "name": event.variant_name,
        "is_sellable": event.is_sellable,
        "prices": [[price.channel, price.currency, price.minor_units] for price in event.prices],
        "revision": event.revision,
    }


async def reprice_changed(session: AsyncSession, variant_ids: Sequence[str]) -> None:
    """Have the carts that hold the variants repriced: a rebuild found them to differ."""
    await BatchRepository(session).add_repricings(variant_ids)
