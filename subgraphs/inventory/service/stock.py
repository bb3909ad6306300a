"""Stock: balances that change with an entry of the ledger each, and are announced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from entrepot.shared.errors import InvalidInput, NotFound
from entrepot.shared.events import UnitOfWork
from entrepot.shared.events.contracts.inventory import StockChanged
from entrepot.shared.input_checks import check_input
from entrepot.shared.scalars import Id
from entrepot.subgraphs.inventory.config import InventoryDependencies
from entrepot.subgraphs.inventory.errors import StockReserved
from entrepot.subgraphs.inventory.models import Stock, StockMovement
from entrepot.subgraphs.inventory.repository import InventoryRepository, sum_available
from entrepot.subgraphs.inventory.service.locations import find_location
from entrepot.subgraphs.inventory.states import MovementKind

Unit = UnitOfWork[InventoryDependencies]

MAX_ON_HAND: Final = 10_000_000
_MAX_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class StockChange:
    """An entry of the ledger, and the balance that it led to."""

    movement: StockMovement
    stock: Stock


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustStock:
    """Add or remove units of a variant at a location, with an entry in the stock ledger."""

    variant_id: Id
    """The variant whose stock changes: `ProductVariant.id`."""
    location_id: Id
    """The location whose stock changes: `Location.id`."""
    delta: int
    """The number of units to add or, when negative, to remove; not 0, at most 10,000,000 either way."""
    reason: str
    """Why the stock is corrected, for the stock ledger; 1 to 200 characters."""


async def adjust_stock(unit: Unit, command: AdjustStock) -> StockChange:
    """The change by a member of staff; never are fewer left than are reserved.

    Raises InvalidInput, NotFound for a variant or location that is not known, StockReserved.
    """
    reason = command.reason.strip()
    with check_input() as checks:
        checks.run(_check_delta, command.delta)
        checks.run(_check_reason, reason)
    return await _move_on_hand(
        unit,
        StockMovement(
            id=unit.new_id("smv"),
            variant_id=command.variant_id,
            location_id=command.location_id,
            kind=MovementKind.ADJUSTED,
            quantity=abs(command.delta),
            on_hand_delta=command.delta,
            reserved_delta=0,
            reason=reason,
            actor=unit.caller.require_user(),
            occurred_at=unit.now,
        ),
    )


def _check_delta(delta: int) -> None:
    if delta == 0 or abs(delta) > MAX_ON_HAND:
        raise InvalidInput(f"delta is a change, by at most {MAX_ON_HAND} pieces.", path=("delta",))


def _check_reason(reason: str) -> None:
    if not 1 <= len(reason) <= _MAX_REASON:
        raise InvalidInput(f"A reason has from 1 to {_MAX_REASON} characters.", path=("reason",))


async def receive_stock(
    unit: Unit, *, variant_id: str, location_id: str, quantity: int, reason: str, actor: str | None = None
) -> StockChange:
    """Pieces came in; raises as `adjust_stock` does."""
    return await _move_on_hand(unit, _build_receipt(unit, variant_id, location_id, quantity, reason, actor))


async def receive_delivery(unit: Unit, *, location_id: str, quantities: Mapping[str, int], reason: str) -> None:
    """Pieces of many variants came in at one location; `quantities` has how many of each, by the variant's id.

    Raises InvalidInput, NotFound for a variant or location that is not known.
    """
    repository = InventoryRepository(unit.session)
    await find_location(unit, location_id)
    if not quantities or not all(1 <= quantity <= MAX_ON_HAND for quantity in quantities.values()):
        raise _refuse_quantity()
    known = {row.id for row in await repository.list_variants_by_ids(list(quantities))}
    for variant_id in quantities:
        if variant_id not in known:
            raise NotFound("variant", variant_id, path=("variantId",))
    await repository.lock_variants(quantities)
    opened = await repository.open_stock(location_id, quantities)
    for variant_id, quantity in quantities.items():
        if variant_id not in opened and not await repository.change_on_hand(
            variant_id, location_id, quantity, MAX_ON_HAND
        ):
            raise _refuse_quantity()
    repository.add(
        *(_build_receipt(unit, variant_id, location_id, quantities[variant_id], reason) for variant_id in quantities)
    )
    await announce_stock(unit, quantities)


async def find_stock_change(unit: Unit, movement_id: str) -> StockChange:
    """An entry of the ledger with the balance as it is now; raises NotFound."""
    repository = InventoryRepository(unit.session)
    movement = await repository.get_movement(movement_id)
    if movement is None:
        raise NotFound("stock movement", movement_id)
    stock = await repository.get_stock(movement.variant_id, movement.location_id)
    assert stock is not None, "a balance outlives its ledger"
    return StockChange(movement, stock)


async def announce_stock(unit: Unit, variant_ids: Iterable[str]) -> None:
    """Tell what can be promised of the variants now; their rows are locked, so that revisions follow the commits."""
    repository = InventoryRepository(unit.session)
    revisions = await repository.raise_stock_revisions(variant_ids)
    available = await sum_available(unit.session, list(revisions))
    for variant_id in sorted(revisions):
        unit.publish(
            StockChanged(variant_id=variant_id, available=available.get(variant_id, 0), revision=revisions[variant_id])
        )


async def _move_on_hand(unit: Unit, movement: StockMovement) -> StockChange:
    repository = InventoryRepository(unit.session)
    variant_id, location_id = movement.variant_id, movement.location_id
    if await repository.get_variant(variant_id) is None:
        raise NotFound("variant", variant_id, path=("variantId",))
    await find_location(unit, location_id)
    await repository.lock_variants([variant_id])
    await repository.add_stock_once(variant_id, location_id)
    has_changed = await repository.change_on_hand(variant_id, location_id, movement.on_hand_delta, MAX_ON_HAND)
    stock = await repository.get_stock(variant_id, location_id)
    assert stock is not None, "it was opened above"
    if not has_changed and movement.on_hand_delta > 0:
        raise InvalidInput(f"A location holds at most {MAX_ON_HAND} pieces of a variant.", path=("delta",))
    if not has_changed:
        raise StockReserved(stock.on_hand, stock.reserved)
    repository.add(movement)
    await announce_stock(unit, [variant_id])
    return StockChange(movement, stock)


def _build_receipt(
    unit: Unit, variant_id: str, location_id: str, quantity: int, reason: str, actor: str | None = None
) -> StockMovement:
    return StockMovement(
        id=unit.new_id("smv"),
        variant_id=variant_id,
        location_id=location_id,
        kind=MovementKind.RECEIVED,
        quantity=quantity,
        on_hand_delta=quantity,
        reserved_delta=0,
        reason=reason,
        actor=actor,
        occurred_at=unit.now,
    )


def _refuse_quantity() -> InvalidInput:
    return InvalidInput(f"A location takes from 1 to {MAX_ON_HAND} pieces of a variant.", path=("quantities",))
