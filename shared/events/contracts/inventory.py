"""What inventory is asked for, and what it announces."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.events.contracts.reference import Reference, refer_to_order
from entrepot.shared.events.event import Command, Event, command, contract


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedStock:
    """How many units of a variant."""

    variant_id: str
    quantity: int


@command("inventory.hold", subject="reservation_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class HoldStock(Command):
    """Hold these units for so many seconds: all of them or none. Answered by ReservationHeld or ReservationRefused.

    The sender chooses the id of the reservation; `reference` says what it is for.
    """

    reservation_id: str
    reference: Reference
    lines: tuple[WantedStock, ...]
    hold_seconds: int


@command("inventory.commit", subject="reservation_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class CommitStock(Command):
    """What is held is sold. Answered by ReservationCommitted or ReservationRefused."""

    reservation_id: str
    reference: Reference


@command("inventory.release", subject="reservation_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseStock(Command):
    """Give back whatever the reservation holds or has committed, and hold nothing for it from now on.

    Answered by ReservationReleased, also when there was nothing, or by ReleaseRefused.
    """

    reservation_id: str
    reference: Reference


@contract("inventory.stock.changed", subject="variant_id", is_full_state=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class StockChanged(Event):
    """How many units of a variant can be promised now; an older `revision` that comes late is ignored."""

    variant_id: str
    available: int
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """A variant of which there is not enough."""

    variant_id: str
    wanted: int
    available: int


@contract("inventory.reservation.held", subject="reservation_id", version=2)
@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationHeld(Event):
    """All units that were asked for are held."""

    reservation_id: str
    reference: Reference


@contract("inventory.reservation.refused", subject="reservation_id", version=2)
@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationRefused(Event):
    """Nothing is held; `reason` is OUT_OF_STOCK, EXPIRED or RELEASED."""

    reservation_id: str
    reference: Reference
    reason: str
    shortages: tuple[Shortage, ...] = ()


@contract("inventory.reservation.committed", subject="reservation_id", version=2)
@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationCommitted(Event):
    """What was held is sold."""

    reservation_id: str
    reference: Reference


@contract("inventory.reservation.released", subject="reservation_id", version=2)
@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationReleased(Event):
    """Nothing is held any more."""

    reservation_id: str
    reference: Reference


@contract("inventory.release.refused", subject="reservation_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRefused(Event):
    """The units have left the shelf: they cannot be released; `reason` is PICKED or CONSUMED."""

    reservation_id: str
    reference: Reference
    reason: str


@contract("inventory.reservation.held", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationHeldV1(Event):
    """The first version: an order had one reservation, which was known by the order's id."""

    order_id: str

    def upcast(self) -> ReservationHeld:
        return ReservationHeld(reservation_id=self.order_id, reference=refer_to_order(self.order_id))


@contract("inventory.reservation.refused", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationRefusedV1(Event):
    """The first version: see ReservationHeldV1."""

    order_id: str
    reason: str
    shortages: tuple[Shortage, ...] = ()

    def upcast(self) -> ReservationRefused:
        return ReservationRefused(
            reservation_id=self.order_id,
            reference=refer_to_order(self.order_id),
            reason=self.reason,
            shortages=self.shortages,
        )


@contract("inventory.reservation.committed", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationCommittedV1(Event):
    """The first version: see ReservationHeldV1."""

    order_id: str

    def upcast(self) -> ReservationCommitted:
        return ReservationCommitted(reservation_id=self.order_id, reference=refer_to_order(self.order_id))


@contract("inventory.reservation.released", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationReleasedV1(Event):
    """The first version: see ReservationHeldV1."""

    order_id: str

    def upcast(self) -> ReservationReleased:
        return ReservationReleased(reservation_id=self.order_id, reference=refer_to_order(self.order_id))
