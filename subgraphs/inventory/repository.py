"""Every query of inventory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import (
    Listing,
    Reader,
    Repository,
    RowsByKey,
    among,
    changed_rows,
    insert_all_or_ignore,
    insert_or_ignore,
    lock_rows,
)
from entrepot.shared.events.lifecycle import Lifecycle
from entrepot.subgraphs.inventory.allocation import Level
from entrepot.subgraphs.inventory.models import (
    KnownVariant,
    Location,
    Reservation,
    ReservationLine,
    Stock,
    StockMovement,
)
from entrepot.subgraphs.inventory.states import RESERVATION, ReservationStatus

_UNSYNCHRONIZED: Final = {"synchronize_session": False}


_BALANCES: Final = Stock.__table__.c
_LEFT: Final = _BALANCES.on_hand - _BALANCES.reserved
_AVAILABLE: Final = (
    select(_BALANCES.variant_id, func.sum(_LEFT))
    .where(among(_BALANCES.variant_id, "keys"))
    .group_by(_BALANCES.variant_id)
)
_RESERVED: Final = ReservationLine.__table__.c
_RESERVED_VARIANTS: Final = (
    select(_RESERVED.reservation_id, _RESERVED.variant_id).where(among(_RESERVED.reservation_id, "keys")).distinct()
)
_STOCK: Final = (*_BALANCES, _LEFT.label("available"))

RESERVATIONS: Final = Lifecycle(RESERVATION, Reservation)
"""How reservations move."""

LOCATIONS_BY_ID: Final = RowsByKey(Location.id)
VARIANTS_BY_ID: Final = RowsByKey(KnownVariant.id)
STOCK_BY_VARIANT_ID: Final = RowsByKey(Stock.variant_id, *_STOCK, order=[Stock.location_id])
LOCATIONS: Final = Listing(select(*Location.__table__.c), [Location.code])


def list_stock(*, location_id: str | None = None, sku: str | None = None) -> Listing:
    """Balances, by variant and location."""
    query = select(*_STOCK)
    if location_id is not None:
        query = query.where(Stock.location_id == location_id)
    if sku is not None:
        query = query.where(Stock.variant_id.in_(select(KnownVariant.id).where(KnownVariant.sku == sku)))
    return Listing(query, [Stock.variant_id, Stock.location_id])


def list_movements(*, variant_id: str | None = None, location_id: str | None = None) -> Listing:
    """The ledger, newest first."""
    query = select(*StockMovement.__table__.c)
    if variant_id is not None:
        query = query.where(StockMovement.variant_id == variant_id)
    if location_id is not None:
        query = query.where(StockMovement.location_id == location_id)
    return Listing(query, [StockMovement.id], descending=True)


async def sum_available(reader: Reader, variant_ids: Sequence[str]) -> Mapping[str, int]:
    """How many units of each variant can be ordered, over all locations; a variant without stock is not in it."""
    rows = await reader.execute(_AVAILABLE, {"keys": list(variant_ids)})
    return {variant_id: int(available) for variant_id, available in rows}


async def list_variants_of_reservations(
    session: AsyncSession, reservation_ids: Sequence[str]
) -> Mapping[str, Sequence[str]]:
    """The variants that each of the reservations keeps."""
    found: dict[str, list[str]] = {}
    for reservation_id, variant_id in await session.execute(_RESERVED_VARIANTS, {"keys": list(reservation_ids)}):
        found.setdefault(reservation_id, []).append(variant_id)
    return found


class InventoryRepository(Repository):
    """Locations, known variants, balances, the ledger, reservations."""

    async def list_variants_after(self, variant_id: str, limit: int) -> Sequence[KnownVariant]:
        """Those that there ever was stock of."""
        query = select(KnownVariant).where(KnownVariant.id > variant_id, KnownVariant.stock_revision > 0)
        query = query.order_by(KnownVariant.id).limit(limit)
        return (await self.session.scalars(query)).all()

    async def get_location(self, location_id: str) -> Location | None:
        return await self.session.get(Location, location_id)

    async def get_location_by_code(self, code: str) -> Location | None:
        return await self.session.scalar(select(Location).where(Location.code == code))

    async def add_location_once(self, location_id: str, code: str, name: str, now: datetime) -> None:
        """Add the location unless one of the code exists."""
        row = {"id": location_id, "code": code, "name": name, "created_at": now, "updated_at": now}
        await insert_or_ignore(self.session, _table(Location), row)

    async def get_variant(self, variant_id: str) -> KnownVariant | None:
        return await self.session.get(KnownVariant, variant_id)

    async def list_variants_by_ids(self, ids: Sequence[str]) -> Sequence[KnownVariant]:
        return (await self.session.scalars(select(KnownVariant).where(KnownVariant.id.in_(ids)))).all()

    async def add_variant(self, variant_id: str, sku: str, revision: int) -> bool:
        """Add the variant; False when it is known."""
        row = {"id": variant_id, "sku": sku, "catalog_revision": revision, "stock_revision": 0}
        return await insert_or_ignore(self.session, _table(KnownVariant), row)

    async def update_variant(self, variant_id: str, sku: str, revision: int) -> bool:
        """Take over the catalog's facts; False when what is known is as new."""
        statement = update(KnownVariant).values(sku=sku, catalog_revision=revision)
        return await self._update(statement, KnownVariant.id == variant_id, KnownVariant.catalog_revision < revision)

    async def lock_variants(self, ids: Iterable[str]) -> None:
        """Wait until nobody else changes the variants' stock; in one order, so that no two wait for each other."""
        await lock_rows(self.session, KnownVariant.id, ids)

    async def raise_stock_revisions(self, ids: Iterable[str]) -> Mapping[str, int]:
        """The next revision of each variant's stock."""
        statement = (
            update(KnownVariant)
            .where(KnownVariant.id.in_(list(ids)))
            .values(stock_revision=KnownVariant.stock_revision + 1)
            .returning(KnownVariant.id, KnownVariant.stock_revision)
            .execution_options(**_UNSYNCHRONIZED)
        )
        return {row.id: row.stock_revision for row in await self.session.execute(statement)}

    async def get_stock(self, variant_id: str, location_id: str) -> Stock | None:
        return await self.session.get(Stock, (variant_id, location_id), populate_existing=True)

    async def list_stock_by_variant_ids(self, variant_ids: Sequence[str]) -> Sequence[Stock]:
        query = select(Stock).where(Stock.variant_id.in_(variant_ids)).order_by(Stock.variant_id, Stock.location_id)
        return (await self.session.scalars(query)).all()

    async def list_levels(self, variant_ids: Iterable[str]) -> Sequence[Level]:
        """What each location can promise of the variants now."""
        query = select(Stock.variant_id, Stock.location_id, (Stock.on_hand - Stock.reserved).label("available"))
        rows = await self.session.execute(query.where(Stock.variant_id.in_(list(variant_ids))))
        return [Level(row.variant_id, row.location_id, row.available) for row in rows]

    async def add_stock_once(self, variant_id: str, location_id: str) -> None:
        """Open the balance with nothing, unless there is one."""
        row = {"variant_id": variant_id, "location_id": location_id, "on_hand": 0, "reserved": 0}
        await insert_or_ignore(self.session, _table(Stock), row)

    async def open_stock(self, location_id: str, quantities: Mapping[str, int]) -> set[str]:
        """Open balances with so many pieces on hand; the variants that had no balance there."""
        rows = [
            {"variant_id": variant_id, "location_id": location_id, "on_hand": quantity, "reserved": 0}
            for variant_id, quantity in quantities.items()
        ]
        opened = await insert_all_or_ignore(self.session, _table(Stock), rows)
        return {variant_id for variant_id, _ in opened}

    async def change_on_hand(self, variant_id: str, location_id: str, delta: int, limit: int) -> bool:
        """Change the pieces on hand; False when fewer than are reserved, or more than the limit, would be left."""
        left = Stock.on_hand + delta
        return await self._update(
            update(Stock).values(on_hand=left), *_at(variant_id, location_id), left >= Stock.reserved, left <= limit
        )

    async def reserve(self, variant_id: str, location_id: str, quantity: int) -> bool:
        """Reserve pieces; False when not as many are available."""
        return await self._update(
            update(Stock).values(reserved=Stock.reserved + quantity),
            *_at(variant_id, location_id),
            Stock.on_hand - Stock.reserved >= quantity,
        )

    async def unreserve(self, variant_id: str, location_id: str, quantity: int) -> bool:
        """Give reserved pieces back; False when not as many are reserved."""
        return await self._update(
            update(Stock).values(reserved=Stock.reserved - quantity),
            *_at(variant_id, location_id),
            Stock.reserved >= quantity,
        )

    async def get_movement(self, movement_id: str) -> StockMovement | None:
        return await self.session.get(StockMovement, movement_id)

    async def add_reservation_once(self, row: Mapping[str, Any]) -> bool:
        """Add the reservation unless there is one of its id; whether it was added."""
        return await insert_or_ignore(self.session, _table(Reservation), row)

    async def get_reservation(self, reservation_id: str) -> Reservation | None:
        return await self.session.get(Reservation, reservation_id, populate_existing=True)

    async def move_reservation(
        self, reservation_id: str, target: ReservationStatus, now: datetime, *, refusal: str | None = None
    ) -> bool:
        """Move it, from any state that the machine lets go there; False when it is in none of them."""
        return await RESERVATIONS.move_where(
            self.session, target, Reservation.id == reservation_id, now=now, refusal=refusal
        )

    async def expire_reservation(self, reservation_id: str, now: datetime) -> bool:
        """Let it expire; False when it is no longer held, or held on."""
        return await RESERVATIONS.move_where(
            self.session,
            ReservationStatus.EXPIRED,
            Reservation.id == reservation_id,
            Reservation.expires_at <= now,
            now=now,
        )

    async def list_expired(self, now: datetime, limit: int) -> Sequence[str]:
        """The reservations whose hold has run out, longest ago first."""
        query = select(Reservation.id).where(
            Reservation.status == ReservationStatus.HELD, Reservation.expires_at <= now
        )
        return (await self.session.scalars(query.order_by(Reservation.expires_at).limit(limit))).all()

    async def list_lines(self, reservation_id: str) -> Sequence[ReservationLine]:
        query = select(ReservationLine).where(ReservationLine.reservation_id == reservation_id)
        return (
            await self.session.scalars(query.order_by(ReservationLine.variant_id, ReservationLine.location_id))
        ).all()

    async def _update(self, statement: Any, *guard: ColumnElement[bool]) -> bool:
        guarded = statement.where(*guard).execution_options(**_UNSYNCHRONIZED)
        return changed_rows(await self.session.execute(guarded)) == 1


def _at(variant_id: str, location_id: str) -> tuple[ColumnElement[bool], ...]:
    return Stock.variant_id == variant_id, Stock.location_id == location_id


def _table(model: type[Location | KnownVariant | Stock | Reservation]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table
