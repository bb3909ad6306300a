"""What inventory announces: facts to contracts."""

from __future__ import annotations

from collections.abc import Iterable

from entrepot.shared.events.contracts.inventory import ReservationRefused, Shortage
from entrepot.subgraphs.inventory.allocation import Shortage as MissingStock


def reservation_refused(order_id: str, reason: str, shortages: Iterable[MissingStock] = ()) -> ReservationRefused:
    """Nothing is held, and of what there was too little."""
    return ReservationRefused(
        order_id=order_id,
        reason=reason,
        shortages=tuple(
            Shortage(variant_id=lack.variant_id, wanted=lack.wanted, available=lack.available) for lack in shortages
        ),
    )
