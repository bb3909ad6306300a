"""Reservations: an order's pieces are held, then sold or given back; every request may come twice, or too late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from entrepot.shared.db import ConcurrentChange
from entrepot.shared.errors import InvalidInput
from entrepot.shared.events import UnitOfWorkFactory
from entrepot.shared.events.contracts.inventory import ReservationCommitted, ReservationHeld, ReservationReleased
from entrepot.subgraphs.inventory.allocation import Pick, Shortage, allocate
from entrepot.subgraphs.inventory.config import InventoryDependencies
from entrepot.subgraphs.inventory.events import reservation_refused
from entrepot.subgraphs.inventory.models import Reservation, ReservationLine, StockMovement
from entrepot.subgraphs.inventory.repository import InventoryRepository
from entrepot.subgraphs.inventory.service.stock import Unit, announce_stock
from entrepot.subgraphs.inventory.states import KEEPS_STOCK, RESERVATION, MovementKind, ReservationStatus

OUT_OF_STOCK: Final = "OUT_OF_STOCK"
_RESERVED_SIGN: Final = {MovementKind.RESERVED: 1, MovementKind.COMMITTED: 0}
"""What a kind of movement does to the reserved pieces; every other kind gives them back."""


async def hold_for_order(unit: Unit, *, order_id: str, lines: Iterable[tuple[str, int]], hold_seconds: int) -> None:
    """Hold all of it for the order, or nothing; announces ReservationHeld or ReservationRefused.

    `lines` are variants and quantities. An order that was decided on before gets the same answer again. Raises
    InvalidInput for a quantity or a time that is not positive.
    """
    wanted = _read_wanted(lines, hold_seconds)
    reservation_id = await _open_reservation(unit, order_id, ReservationStatus.HELD, hold_seconds)
    if reservation_id is None:
        await _repeat_answer(unit, order_id)
        return
    repository = InventoryRepository(unit.session)
    await repository.lock_variants(wanted)
    allocation = allocate(wanted, await repository.list_levels(wanted))
    if allocation.shortages:
        await _refuse(unit, order_id, allocation.shortages)
        return
    for pick in allocation.picks:
        if not await repository.reserve(pick.variant_id, pick.location_id, pick.quantity):
            raise ConcurrentChange(f"The stock of variant {pick.variant_id} changed in the meantime.")
    _keep_picks(unit, order_id, reservation_id, allocation.picks)
    await announce_stock(unit, wanted)
    unit.publish(ReservationHeld(order_id=order_id))


async def commit_for_order(unit: Unit, *, order_id: str) -> None:
    """What is held is sold: the pieces stay reserved until they leave. Announces ReservationCommitted or -Refused.

    A hold that has run out but has not been swept yet still counts: its pieces are there.
    """
    repository = InventoryRepository(unit.session)
    if await repository.move_reservation(order_id, ReservationStatus.COMMITTED, unit.now):
        _record(unit, order_id, MovementKind.COMMITTED, await repository.list_lines(order_id))
        unit.publish(ReservationCommitted(order_id=order_id))
        return
    reservation = await repository.get_reservation_by_order(order_id)
    if reservation is not None and reservation.status in KEEPS_STOCK | {ReservationStatus.CONSUMED}:
        unit.publish(ReservationCommitted(order_id=order_id))
    else:
        unit.publish(reservation_refused(order_id, _reason(reservation)))


async def release_for_order(unit: Unit, *, order_id: str) -> None:
    """Give back what is held or sold, and hold nothing for the order from now on; announces ReservationReleased.

    Raises InvalidTransition when the pieces have been taken from the shelf.
    """
    repository = InventoryRepository(unit.session)
    if await _open_reservation(unit, order_id, ReservationStatus.RELEASED) is not None:
        unit.publish(ReservationReleased(order_id=order_id))
        return
    if await repository.move_reservation(order_id, ReservationStatus.RELEASED, unit.now):
        await _give_back(unit, order_id, MovementKind.RELEASED)
    else:
        reservation = await repository.get_reservation_by_order(order_id)
        if reservation is not None and not _is_over(reservation):
            RESERVATION.check(ReservationStatus(reservation.status), ReservationStatus.RELEASED)
    unit.publish(ReservationReleased(order_id=order_id))


async def expire_for_order(unit: Unit, *, order_id: str) -> bool:
    """Give back what nobody committed in time; False when it was committed, released or expired meanwhile."""
    if not await InventoryRepository(unit.session).expire_reservation(order_id, unit.now):
        return False
    await _give_back(unit, order_id, MovementKind.EXPIRED)
    return True


async def expire_due(transactions: UnitOfWorkFactory[InventoryDependencies]) -> int:
    """Let a batch of overdue reservations expire, each in a unit of work of its own; how many there were."""
    batch = transactions.dependencies.settings.expiry_batch
    async with transactions.database.read() as session:
        order_ids = await InventoryRepository(session).list_expired_orders(transactions.environment.clock.now(), batch)
    for order_id in order_ids:
        async with transactions.begin() as unit:
            await expire_for_order(unit, order_id=order_id)
    return len(order_ids)


def _read_wanted(lines: Iterable[tuple[str, int]], hold_seconds: int) -> Counter[str]:
    if hold_seconds < 1:
        raise InvalidInput("A hold lasts a positive number of seconds.")
    wanted: Counter[str] = Counter()
    for variant_id, quantity in lines:
        if quantity < 1:
            raise InvalidInput(f"The quantity of {variant_id!r} must be positive, not {quantity}.")
        wanted[variant_id] += quantity
    return wanted


async def _open_reservation(unit: Unit, order_id: str, status: ReservationStatus, hold_seconds: int = 0) -> str | None:
    """Begin the order's only reservation, by its id; None when it has one.

    A request that arrives after its release finds one that began released.
    """
    is_held = status is ReservationStatus.HELD
    row: dict[str, Any] = {
        "id": unit.new_id("rsv"),
        "order_id": order_id,
        "status": status,
        "expires_at": unit.now + timedelta(seconds=hold_seconds) if is_held else None,
        "created_at": unit.now,
        "updated_at": unit.now,
    }
    return row["id"] if await InventoryRepository(unit.session).add_reservation_once(row) else None


async def _repeat_answer(unit: Unit, order_id: str) -> None:
    reservation = await InventoryRepository(unit.session).get_reservation_by_order(order_id)
    if reservation is None or _is_over(reservation):
        unit.publish(reservation_refused(order_id, _reason(reservation)))
    else:
        unit.publish(ReservationHeld(order_id=order_id))


async def _refuse(unit: Unit, order_id: str, shortages: Iterable[Shortage]) -> None:
    """The order ends here: a repeated request must not hold for it later, when nobody would take the pieces."""
    repository = InventoryRepository(unit.session)
    await repository.move_reservation(order_id, ReservationStatus.RELEASED, unit.now, refusal=OUT_OF_STOCK)
    unit.publish(reservation_refused(order_id, OUT_OF_STOCK, shortages))


def _keep_picks(unit: Unit, order_id: str, reservation_id: str, picks: Sequence[Pick]) -> None:
    lines = [
        ReservationLine(
            reservation_id=reservation_id,
            variant_id=pick.variant_id,
            location_id=pick.location_id,
            quantity=pick.quantity,
        )
        for pick in picks
    ]
    InventoryRepository(unit.session).add(*lines)
    _record(unit, order_id, MovementKind.RESERVED, lines)


async def _give_back(unit: Unit, order_id: str, kind: MovementKind) -> None:
    repository = InventoryRepository(unit.session)
    lines = await repository.list_lines(order_id)
    variant_ids = {line.variant_id for line in lines}
    await repository.lock_variants(variant_ids)
    for line in lines:
        if not await repository.unreserve(line.variant_id, line.location_id, line.quantity):
            raise ConcurrentChange(f"The stock of variant {line.variant_id} changed in the meantime.")
    _record(unit, order_id, kind, lines)
    await announce_stock(unit, variant_ids)


def _record(unit: Unit, order_id: str, kind: MovementKind, lines: Iterable[ReservationLine]) -> None:
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
                reference=order_id,
                occurred_at=unit.now,
            )
            for line in lines
        )
    )


def _is_over(reservation: Reservation) -> bool:
    return reservation.status in (ReservationStatus.RELEASED, ReservationStatus.EXPIRED)


def _reason(reservation: Reservation | None) -> str:
    """Why nothing is held: as it was refused, else by what became of it."""
    if reservation is None:
        return ReservationStatus.RELEASED
    return reservation.refusal or reservation.status
