"""Writes the stock: three locations, and at each of them more of some things than of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from entrepot.demo.catalogue import Item, Offer, read_items
from entrepot.demo.catalogue.model import Supply
from entrepot.demo.services import SeededServices
from entrepot.shared.events import UnitOfWork
from entrepot.subgraphs.catalog.repository import CatalogRepository
from entrepot.subgraphs.inventory import service
from entrepot.subgraphs.inventory.config import InventoryDependencies
from entrepot.subgraphs.inventory.repository import InventoryRepository


@dataclass(frozen=True, slots=True)
class Place:
    """A location: it holds every so many-th variant, and a number of pieces within the range."""

    code: str
    name: str
    one_in: int
    pieces: range


MAIN: Final = Place("main", "Main warehouse", 1, range(25, 90))
PLACES: Final = (
    MAIN,
    Place("north-depot", "North depot, Kiel", 2, range(8, 45)),
    Place("quay-shop", "Shop on the quay", 3, range(2, 13)),
)
REASON: Final = "demo delivery"
_SOLD_OUT_ONE_IN: Final = 24
_LOW: Final = range(1, 5)
_BATCH: Final = 100


async def write_stock(services: SeededServices) -> None:
    """Add the locations, and the stock of each variant that has none."""
    async with services.transactions("inventory").begin() as unit:
        locations = {place.code: await _ensure_location(unit, place) for place in PLACES}
    plan = plan_stock(read_items())
    skus = sorted(plan)
    for start in range(0, len(skus), _BATCH):
        wanted = await _find_variants(services, skus[start : start + _BATCH])
        async with services.transactions("inventory").begin() as unit:
            await _receive(unit, wanted, plan, locations)


def plan_stock(items: Sequence[Item]) -> dict[str, dict[str, int]]:
    """How many pieces of each SKU there are, by the code of the location; a SKU that is sold out has none."""
    return {
        offer.sku: _plan_offer(item, offer, is_first=number == 0)
        for item in items
        for number, offer in enumerate(item.offers)
    }


def _plan_offer(item: Item, offer: Offer, *, is_first: bool) -> dict[str, int]:
    chance = crc32(offer.sku.encode())
    if item.supply is Supply.NONE or (not is_first and chance % _SOLD_OUT_ONE_IN == 0):
        return {}
    if item.supply is Supply.LOW:
        return {MAIN.code: _pick(_LOW, chance)}
    return {
        place.code: _pick(place.pieces, crc32(f"{place.code}/{offer.sku}".encode()))
        for place in PLACES
        if chance % place.one_in == 0
    }


def _pick(pieces: range, chance: int) -> int:
    return pieces[chance % len(pieces)]


async def _ensure_location(unit: UnitOfWork[InventoryDependencies], place: Place) -> str:
    known = await InventoryRepository(unit.session).get_location_by_code(place.code)
    location = known or await service.create_location(unit, service.CreateLocation(code=place.code, name=place.name))
    await unit.session.flush()
    return location.id


async def _find_variants(services: SeededServices, skus: Sequence[str]) -> dict[str, str]:
    """The ids of the variants by SKU; a SKU that somebody gave another product counts, too."""
    async with services.transactions("catalog").database.read() as session:
        rows = await CatalogRepository(session).list_variants_by_skus(skus)
    return {row.sku: row.id for row in rows}


async def _receive(
    unit: UnitOfWork[InventoryDependencies],
    variants: Mapping[str, str],
    plan: Mapping[str, Mapping[str, int]],
    locations: Mapping[str, str],
) -> None:
    stocked = await InventoryRepository(unit.session).list_stock_by_variant_ids(list(variants.values()))
    done = {row.variant_id for row in stocked}
    for code, location_id in locations.items():
        quantities = {
            variant_id: plan[sku][code]
            for sku, variant_id in variants.items()
            if code in plan[sku] and variant_id not in done
        }
        if quantities:
            await service.receive_delivery(unit, location_id=location_id, quantities=quantities, reason=REASON)
