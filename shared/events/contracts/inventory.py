"""What inventory announces."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.events.event import Event, contract


@contract("inventory.stock.changed", subject="variant_id", is_full_state=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class StockChanged(Event):
    """How many pieces of a variant can be promised now; an older `revision` that comes late is ignored."""

    variant_id: str
    available: int
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """A variant of which there is not enough."""

    variant_id: str
    wanted: int
    available: int


@contract("inventory.reservation.held", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationHeld(Event):
    """All that the order asked for is held for it."""

    order_id: str


@contract("inventory.reservation.refused", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationRefused(Event):
    """Nothing is held for the order; `reason` is OUT_OF_STOCK, EXPIRED or RELEASED."""

    order_id: str
    reason: str
    shortages: tuple[Shortage, ...] = ()


@contract("inventory.reservation.committed", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationCommitted(Event):
    """What was held for the order is sold."""

    order_id: str


@contract("inventory.reservation.released", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationReleased(Event):
    """Nothing is held for the order any more."""

    order_id: str
