"""Inventory in the words of its tests, and what must hold of its data whatever happened."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from entrepot.shared.auth import Caller
from entrepot.shared.events import Event
from entrepot.shared.events.contracts.catalog import VariantChanged
from entrepot.shared.events.contracts.inventory import CommitStock, HoldStock, ReleaseStock, WantedStock
from entrepot.shared.events.contracts.reference import Reference
from entrepot.shared.scalars import Id
from entrepot.subgraphs.inventory import service
from entrepot.subgraphs.inventory.models import Reservation, ReservationLine, Stock, StockMovement
from entrepot.subgraphs.inventory.states import KEEPS_STOCK
from tests.support.subgraphs import STAFF, SubgraphUnderTest

ORDER = Reference(type="Order", id="ord_1")
Balances = dict[tuple[str, str], tuple[int, int]]


@dataclass
class StockRoom:
    """Inventory in the words of its tests; variants are called by a letter, locations by their code."""

    subgraph: SubgraphUnderTest

    def __post_init__(self) -> None:
        self.locations: dict[str, str] = {}
        self.heard: list[Event] = []
        self._revision = 0

    async def know(self, *variants: str) -> None:
        self._revision += 1
        await self.subgraph.receive(*(variant_changed(variant, self._revision) for variant in variants))

    async def open_location(self, code: str) -> str:
        async with self.subgraph.transactions.begin() as unit:
            location = await service.create_location(unit, service.CreateLocation(code=code, name=code.title()))
        self.locations[code] = location.id
        return location.id

    async def adjust(self, variant: str, delta: int, code: str = "main") -> None:
        if code not in self.locations:
            await self.open_location(code)
        command = service.AdjustStock(
            variant_id=Id(variant), location_id=Id(self.locations[code]), delta=delta, reason="counted"
        )
        async with self.subgraph.transactions.begin(Caller(STAFF)) as unit:
            await service.adjust_stock(unit, command)

    async def stock(self, variant: str, pieces: int, code: str = "main") -> None:
        """Know the variant and put pieces of it on the shelf."""
        await self.know(variant)
        await self.adjust(variant, pieces, code)

    async def hold(self, reservation: str, seconds: int = 600, **wanted: int) -> list[Event]:
        return await self.tell(hold_request(reservation, seconds, **wanted))

    async def commit(self, reservation: str) -> list[Event]:
        return await self.tell(CommitStock(reservation_id=reservation, reference=ORDER))

    async def release(self, reservation: str) -> list[Event]:
        return await self.tell(ReleaseStock(reservation_id=reservation, reference=ORDER))

    async def tell(self, event: Event) -> list[Event]:
        """What the inventory announces in answer to the event."""
        await self.listen()
        await self.subgraph.receive(event)
        return await self.listen()

    async def listen(self) -> list[Event]:
        """What the inventory has announced since the last call; all of it is kept in `heard`."""
        news = await self.subgraph.published()
        self.heard += news
        return news

    async def balances(self) -> Balances:
        """(variant, location code) -> pieces on hand and reserved."""
        codes = {identity: code for code, identity in self.locations.items()}
        async with self.subgraph.process.database.read() as session:
            rows = (await session.scalars(select(Stock))).all()
        return {(row.variant_id, codes[row.location_id]): (row.on_hand, row.reserved) for row in rows}

    async def statuses(self) -> dict[str, str]:
        async with self.subgraph.process.database.read() as session:
            return {row.id: row.status for row in (await session.scalars(select(Reservation))).all()}

    async def check_books(self) -> None:
        """Balances are the sums of the ledger, reserved pieces those of open reservations, and nothing is oversold."""
        key = (StockMovement.variant_id, StockMovement.location_id)
        sums = select(*key, func.sum(StockMovement.on_hand_delta), func.sum(StockMovement.reserved_delta))
        kept = (
            select(ReservationLine.variant_id, ReservationLine.location_id, func.sum(ReservationLine.quantity))
            .join(Reservation, Reservation.id == ReservationLine.reservation_id)
            .where(Reservation.status.in_(KEEPS_STOCK))
            .group_by(ReservationLine.variant_id, ReservationLine.location_id)
        )
        async with self.subgraph.process.database.read() as session:
            balances = {(row.variant_id, row.location_id): row for row in (await session.scalars(select(Stock))).all()}
            ledger = {(row[0], row[1]): (row[2], row[3]) for row in await session.execute(sums.group_by(*key))}
            reserved = {(row[0], row[1]): row[2] for row in await session.execute(kept)}
        assert {place: (row.on_hand, row.reserved) for place, row in balances.items() if place in ledger} == ledger
        assert {place: row.reserved for place, row in balances.items() if row.reserved} == reserved
        assert all(0 <= row.reserved <= row.on_hand for row in balances.values())
        assert all(place in ledger or (row.on_hand, row.reserved) == (0, 0) for place, row in balances.items())


def variant_changed(variant: str, revision: int = 1, sku: str | None = None) -> VariantChanged:
    return VariantChanged(
        variant_id=variant,
        product_id="prd_1",
        seller_id="sel_1",
        sku=sku or f"SKU-{variant}",
        product_name="Cup",
        variant_name="Blue",
        is_sellable=True,
        prices=(),
        revision=revision,
    )


def hold_request(reservation: str, seconds: int = 600, **wanted: int) -> HoldStock:
    lines = tuple(WantedStock(variant_id=variant, quantity=quantity) for variant, quantity in wanted.items())
    return HoldStock(reservation_id=reservation, reference=ORDER, lines=lines, hold_seconds=seconds)
