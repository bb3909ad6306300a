"""What inventory reacts to."""

from __future__ import annotations

from typing import Final

from entrepot.shared.events import Handler, HandlerTable, Locks
from entrepot.shared.events.contracts.catalog import VariantChanged
from entrepot.shared.events.contracts.inventory import CommitStock, HoldStock, ReleaseStock
from entrepot.subgraphs.inventory import service
from entrepot.subgraphs.inventory.models import KnownVariant
from entrepot.subgraphs.inventory.projections import project_variant
from entrepot.subgraphs.inventory.repository import list_variants_of_reservations
from entrepot.subgraphs.inventory.service import Unit


async def on_variant_changed(unit: Unit, event: VariantChanged) -> None:
    await project_variant(unit, variant_id=event.variant_id, sku=event.sku, revision=event.revision)


_CHANGED_VARIANT: Final = Locks(KnownVariant.id, lambda event: [event.variant_id])
_WANTED_VARIANTS: Final = Locks(KnownVariant.id, lambda event: [line.variant_id for line in event.lines])
_RESERVED_VARIANTS: Final = Locks(
    KnownVariant.id, lambda event: [event.reservation_id], lookup=list_variants_of_reservations
)

HANDLERS: Final[HandlerTable] = {
    VariantChanged: (
        Handler("variant-changed", on_variant_changed, ("on_variant_changed",), locks=(_CHANGED_VARIANT,)),
    ),
    HoldStock: (Handler("hold-stock", service.hold_stock, locks=(_WANTED_VARIANTS,)),),
    CommitStock: (Handler("commit-stock", service.commit_stock),),
    ReleaseStock: (Handler("release-stock", service.release_stock, locks=(_RESERVED_VARIANTS,)),),
}
