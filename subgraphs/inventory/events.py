"""What inventory announces: facts to contracts."""

from __future__ import annotations

from collections.abc import Iterable

from entrepot.shared.events.contracts.inventory import CommitStock, HoldStock, ReservationRefused, Shortage
from entrepot.subgraphs.inventory.allocation import Shortage as MissingStock


def reservation_refused(
    command: HoldStock | CommitStock, reason: str, shortages: Iterable[MissingStock] = ()
) -> ReservationRefused:
    """Nothing is held, and of what there was too little."""
    return ReservationRefused(
        reservation_id=command.reservation_id,
        reference=command.reference,
        reason=reason,
        shortages=tuple(
            Shortage(variant_id=lack.variant_id, wanted=lack.wanted, available=lack.available) for lack in shortages
        ),
    )
