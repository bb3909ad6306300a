"""Locations: where stock lies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from entrepot.shared.errors import InvalidInput, NotFound
from entrepot.shared.events import UnitOfWork
from entrepot.shared.input_checks import check_input
from entrepot.subgraphs.inventory.config import InventoryDependencies
from entrepot.subgraphs.inventory.errors import LocationCodeTaken
from entrepot.subgraphs.inventory.models import Location
from entrepot.subgraphs.inventory.repository import InventoryRepository

MAIN_CODE: Final = "main"
_CODE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MAX_CODE: Final = 64
_MAX_NAME: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateLocation:
    """Create a location that can hold stock."""

    code: str
    """A unique short name such as main-warehouse: lower-case letters, digits and hyphens, at most 64."""
    name: str
    """The name for display, 1 to 200 characters."""


async def create_location(unit: UnitOfWork[InventoryDependencies], command: CreateLocation) -> Location:
    """The new location; raises InvalidInput or LocationCodeTaken."""
    repository = InventoryRepository(unit.session)
    name = command.name.strip()
    with check_input() as checks:
        checks.run(_check_code, command.code)
        checks.run(_check_name, name)
    if await repository.get_location_by_code(command.code) is not None:
        raise LocationCodeTaken(command.code)
    location = Location(id=unit.new_id("loc"), code=command.code, name=name, created_at=unit.now, updated_at=unit.now)
    repository.add(location)
    return location


async def find_location(unit: UnitOfWork[InventoryDependencies], location_id: str) -> Location:
    """The location; raises NotFound."""
    location = await InventoryRepository(unit.session).get_location(location_id)
    if location is None:
        raise NotFound("location", location_id, path=("locationId",))
    return location


async def ensure_main_location(unit: UnitOfWork[InventoryDependencies]) -> str:
    """The id of the location `main`, which is made when there is none."""
    repository = InventoryRepository(unit.session)
    location = await repository.get_location_by_code(MAIN_CODE)
    if location is None:
        await repository.add_location_once(unit.new_id("loc"), MAIN_CODE, "Main warehouse", unit.now)
        location = await repository.get_location_by_code(MAIN_CODE)
    assert location is not None, "it was there or has been added"
    return location.id


def _check_code(code: str) -> None:
    if len(code) > _MAX_CODE or not _CODE.fullmatch(code):
        raise InvalidInput(
            f"A code is at most {_MAX_CODE} lower-case letters and digits in words joined by hyphens.", path=("code",)
        )


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= _MAX_NAME:
        raise InvalidInput(f"A name has from 1 to {_MAX_NAME} characters.", path=("name",))
