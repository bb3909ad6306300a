"""The read model of the catalog's variants, fed by VariantChanged."""

from __future__ import annotations

from typing import Final

from entrepot.subgraphs.inventory.repository import InventoryRepository
from entrepot.subgraphs.inventory.service import Unit, ensure_main_location, receive_stock

OPENING_REASON: Final = "demo opening stock"


async def project_variant(unit: Unit, *, variant_id: str, sku: str, revision: int) -> None:
    """Know the variant as of that revision; an older one changes nothing. In a demo a new one gets stock, once."""
    repository = InventoryRepository(unit.session)
    if not await repository.add_variant(variant_id, sku, revision):
        await repository.update_variant(variant_id, sku, revision)
    elif unit.dependencies.opening_stock:
        location_id = await ensure_main_location(unit)
        await receive_stock(
            unit,
            variant_id=variant_id,
            location_id=location_id,
            quantity=unit.dependencies.opening_stock,
            reason=OPENING_REASON,
        )
