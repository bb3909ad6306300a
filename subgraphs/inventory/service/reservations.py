"""Reservations: units are held, then sold or given back; every command may come twice, or too late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from entrepot.shared.db import ConcurrentChange
from entrepot.shared.errors import InvalidInput
from entrepot.shared.events import UnitOfWorkFactory
from entrepot.shared.events.contracts.inventory import (
    CommitStock,
    HoldStock,
    ReleaseRefused,
    ReleaseStock,
    ReservationCommitted,
    ReservationHeld,
    ReservationReleased,
)
from entrepot.shared.events.contracts.reference import Reference
from entrepot.subgraphs.inventory.allocation import Pick, Shortage, allocate
from entrepot.subgraphs.inventory.config import InventoryDependencies
from entrepot.subgraphs.inventory.events import reservation_refused
from entrepot.subgraphs.inventory.models import Reservation, ReservationLine, StockMovement
from entrepot.subgraphs.inventory.repository import InventoryRepository
from entrepot.subgraphs.inventory.service.stock import Unit, announce_stock
from entrepot.subgraphs.inventory.states import KEEPS_STOCK, MovementKind, ReservationStatus

OUT_OF_STOCK: Final = "OUT_OF_STOCK"
_TAKEN: Final = frozenset({ReservationStatus.PICKED, ReservationStatus.CONSUMED})
_SOLD: Final = _TAKEN | {ReservationStatus.COMMITTED}
_RESERVED_SIGN: Final = {MovementKind.RESERVED: 1, MovementKind.COMMITTED: 0}
"""What a kind of movement does to the reserved units; every other kind gives them back."""


async def hold_stock(unit: Unit, command: HoldStock) -> None:
    """Hold all of it, or nothing; announces ReservationHeld or ReservationRefused.

    A reservation that was decided on before gets the same answer again. Raises InvalidInput for a quantity or a time
    that is not positive.
    """
    wanted = _read_wanted(command)
    if not await _open_reservation(unit, command, ReservationStatus.HELD, command.hold_seconds):
        await _repeat_answer(unit, command)
        return
    repository = InventoryRepository(unit.session)
    await repository.lock_variants(wanted)
    allocation = allocate(wanted, await repository.list_levels(wanted))
    if allocation.shortages:
        await _refuse(unit, command, allocation.shortages)
        return
    for pick in allocation.picks:
        if not await repository.reserve(pick.variant_id, pick.location_id, pick.quantity):
            raise ConcurrentChange(f"The stock of variant {pick.variant_id} changed in the meantime.")
    _keep_picks(unit, command, allocation.picks)
    await announce_stock(unit, wanted)
    unit.publish(ReservationHeld(reservation_id=command.reservation_id, reference=command.reference))


async def commit_stock(unit: Unit, command: CommitStock) -> None:
    """What is held is sold: the units stay reserved until they leave. Announces ReservationCommitted or -Refused.

    A hold that has run out but has not been swept yet still counts: its units are there.
    """
    repository = InventoryRepository(unit.session)
    committed = ReservationCommitted(reservation_id=command.reservation_id, reference=command.reference)
    if await repository.move_reservation(command.reservation_id, ReservationStatus.COMMITTED, unit.now):
        lines = await repository.list_lines(command.reservation_id)
        _record(unit, command.reference, MovementKind.COMMITTED, lines)
        unit.publish(committed)
        return
    reservation = await repository.get_reservation(command.reservation_id)
    if reservation is not None and reservation.status in _SOLD:
        unit.publish(committed)
    else:
        unit.publish(reservation_refused(command, _reason(reservation)))


async def release_stock(unit: Unit, command: ReleaseStock) -> None:
    """Give back what is held or sold, and hold nothing under this id from now on.

    Announces ReservationReleased, or ReleaseRefused when the units have been taken from the shelf.
    """
    repository = InventoryRepository(unit.session)
    reservation_id, reference = command.reservation_id, command.reference
    if not await _open_reservation(unit, command, ReservationStatus.RELEASED):
        if await repository.move_reservation(reservation_id, ReservationStatus.RELEASED, unit.now):
            await _give_back(unit, reservation_id, reference, MovementKind.RELEASED)
        else:
            reservation = await repository.get_reservation(reservation_id)
            if reservation is not None and reservation.status in _TAKEN:
                reason = str(reservation.status)
                unit.publish(ReleaseRefused(reservation_id=reservation_id, reference=reference, reason=reason))
                return
    unit.publish(ReservationReleased(reservation_id=reservation_id, reference=reference))


async def expire_reservation(unit: Unit, reservation_id: str) -> bool:
    """Give back what nobody committed in time; False when it was committed, released or expired meanwhile."""
    repository = InventoryRepository(unit.session)
    if not await repository.expire_reservation(reservation_id, unit.now):
        return False
    reservation = await repository.get_reservation(reservation_id)
    assert reservation is not None, "it has just expired"
    await _give_back(unit, reservation_id, reservation.reference, MovementKind.EXPIRED)
    return True


async def expire_due(transactions: UnitOfWorkFactory[InventoryDependencies]) -> int:
    """Let a batch of overdue reservations expire, each in a unit of work of its own; how many there were."""
    batch = transactions.dependencies.settings.expiry_batch
    async with transactions.database.read() as session:
        overdue = await InventoryRepository(session).list_expired(transactions.environment.clock.now(), batch)
    for reservation_id in overdue:
        async with transactions.begin() as unit:
            await expire_reservation(unit, reservation_id)
    return len(overdue)


def _read_wanted(command: HoldStock) -> Counter[str]:
    if command.hold_seconds < 1:
        raise InvalidInput("A hold lasts a positive number of seconds.")
    wanted: Counter[str] = Counter()
    for line in command.lines:
        if line.quantity < 1:
            raise InvalidInput(f"The quantity of {line.variant_id!r} must be positive, not {line.quantity}.")
        wanted[line.variant_id] += line.quantity
    return wanted


async def _open_reservation(
    unit: Unit, command: HoldStock | ReleaseStock, status: ReservationStatus, hold_seconds: int = 0
) -> bool:
    """Add the reservation of the command's id; False when there is one.

    A command that arrives after its release finds one that began released.
    """
    is_held = status is ReservationStatus.HELD
    row: dict[str, Any] = {
        "id": command.reservation_id,
        "reference_type": command.reference.type,
        "reference_id": command.reference.id,
        "status": status,
        "expires_at": unit.now + timedelta(seconds=hold_seconds) if is_held else None,
        "created_at": unit.now,
        "updated_at": unit.now,
    }
    return await InventoryRepository(unit.session).add_reservation_once(row)


async def _repeat_answer(unit: Unit, command: HoldStock) -> None:
    reservation = await InventoryRepository(unit.session).get_reservation(command.reservation_id)
    if reservation is None or reservation.status not in KEEPS_STOCK | _SOLD:
        unit.publish(reservation_refused(command, _reason(reservation)))
    else:
        unit.publish(ReservationHeld(reservation_id=command.reservation_id, reference=command.reference))


async def _refuse(unit: Unit, command: HoldStock, shortages: Iterable[Shortage]) -> None:
    """The reservation ends here: a repeated command must not hold later, when nobody would take the units."""
    repository = InventoryRepository(unit.session)
    released = ReservationStatus.RELEASED
    await repository.move_reservation(command.reservation_id, released, unit.now, refusal=OUT_OF_STOCK)
    unit.publish(reservation_refused(command, OUT_OF_STOCK, shortages))


def _keep_picks(unit: Unit, command: HoldStock, picks: Sequence[Pick]) -> None:
    lines = [
        ReservationLine(
            reservation_id=command.reservation_id,
            variant_id=pick.variant_id,
            location_id=pick.location_id,
            quantity=pick.quantity,
        )
        for pick in picks
    ]
    InventoryRepository(unit.session).add(*lines)
    _record(unit, command.reference, MovementKind.RESERVED, lines)


async def _give_back(unit: Unit, reservation_id: str, reference: Reference, kind: MovementKind) -> None:
    repository = InventoryRepository(unit.session)
    lines = await repository.list_lines(reservation_id)
    variant_ids = {line.variant_id for line in lines}
    await repository.lock_variants(variant_ids)
    for line in lines:
        if not await repository.unreserve(line.variant_id, line.location_id, line.quantity):
            raise ConcurrentChange(f"The stock of variant {line.variant_id} changed in the meantime.")
    _record(unit, reference, kind, lines)
    await announce_stock(unit, variant_ids)


def _record(unit: Unit, reference: Reference, kind: MovementKind, lines: Iterable[ReservationLine]) -> None:
    InventoryRepository(unit.session).add(
        *(
            StockMovement(
                id=unit.new_id("smv"),
                variant_id=line.variant_id,
                location_id=line.location_id,
                kind=kind,
                quantity=line.quantity,
                on_hand_delta=0,
                reserved_delta=_RESERVED_SIGN.get(kind, -1) * line.quantity,
                reference=reference.id,
                occurred_at=unit.now,
            )
            for line in lines
        )
    )


def _reason(reservation: Reservation | None) -> str:
    """Why nothing is held: as it was refused, else by what became of it."""
    if reservation is None:
        return ReservationStatus.RELEASED
    return reservation.refusal or reservation.status
