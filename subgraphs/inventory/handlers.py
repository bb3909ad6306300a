"""What inventory reacts to."""

from __future__ import annotations

from typing import Final

from entrepot.shared.events import Handler, HandlerTable
from entrepot.shared.events.contracts.catalog import VariantChanged
from entrepot.shared.events.contracts.inventory import CommitStock, HoldStock, ReleaseStock
from entrepot.subgraphs.inventory import service
from entrepot.subgraphs.inventory.projections import project_variant
from entrepot.subgraphs.inventory.service import Unit


async def on_variant_changed(unit: Unit, event: VariantChanged) -> None:
    await project_variant(unit, variant_id=event.variant_id, sku=event.sku, revision=event.revision)


HANDLERS: Final[HandlerTable] = {
    VariantChanged: (Handler("variant-changed", on_variant_changed, ("on_variant_changed",)),),
    HoldStock: (Handler("hold-stock", service.hold_stock),),
    CommitStock: (Handler("commit-stock", service.commit_stock),),
    ReleaseStock: (Handler("release-stock", service.release_stock),),
}
