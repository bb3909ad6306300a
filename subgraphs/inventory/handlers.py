"""What inventory reacts to."""

from __future__ import annotations

from typing import Final

from entrepot.shared.events import Handler, HandlerTable, Locks
from entrepot.shared.events.contracts.catalog import VariantChanged
from entrepot.shared.events.contracts.orders import (
    ReservationCommitRequested,
    ReservationReleaseRequested,
    ReservationRequested,
)
from entrepot.subgraphs.inventory import service
from entrepot.subgraphs.inventory.models import KnownVariant
from entrepot.subgraphs.inventory.projections import project_variant
from entrepot.subgraphs.inventory.repository import list_variants_of_orders
from entrepot.subgraphs.inventory.service import Unit


async def on_variant_changed(unit: Unit, event: VariantChanged) -> None:
    await project_variant(unit, variant_id=event.variant_id, sku=event.sku, revision=event.revision)


async def on_reservation_requested(unit: Unit, event: ReservationRequested) -> None:
    lines = [(line.variant_id, line.quantity) for line in event.lines]
    await service.hold_for_order(unit, order_id=event.order_id, lines=lines, hold_seconds=event.hold_seconds)


async def on_reservation_commit_requested(unit: Unit, event: ReservationCommitRequested) -> None:
    await service.commit_for_order(unit, order_id=event.order_id)


async def on_reservation_release_requested(unit: Unit, event: ReservationReleaseRequested) -> None:
    await service.release_for_order(unit, order_id=event.order_id)


_CHANGED_VARIANT: Final = Locks(KnownVariant.id, lambda event: [event.variant_id])
_WANTED_VARIANTS: Final = Locks(KnownVariant.id, lambda event: [line.variant_id for line in event.lines])
_RESERVED_VARIANTS: Final = Locks(KnownVariant.id, lambda event: [event.order_id], lookup=list_variants_of_orders)

HANDLERS: Final[HandlerTable] = {
    VariantChanged: (
        Handler("variant-changed", on_variant_changed, ("on_variant_changed",), locks=(_CHANGED_VARIANT,)),
    ),
    ReservationRequested: (
        Handler(
            "reservation-requested",
            on_reservation_requested,
            ("on_reservation_requested",),
            locks=(_WANTED_VARIANTS,),
        ),
    ),
    ReservationCommitRequested: (
        Handler("reservation-commit-requested", on_reservation_commit_requested, ("on_reservation_commit_requested",)),
    ),
    ReservationReleaseRequested: (
        Handler(
            "reservation-release-requested",
            on_reservation_release_requested,
            ("on_reservation_release_requested",),
            locks=(_RESERVED_VARIANTS,),
        ),
    ),
}
