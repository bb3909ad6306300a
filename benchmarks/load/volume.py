"""Very many orders in the tables of a shop that is measured: copies of one that was really placed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from tests.support.up import ObservedShop
from tests.support.volume import OrderTemplate, fill, read_known, read_template
from tests.support.volume.files import fill_files, read_known_files, read_template_of_files


class Volume(Protocol):
    """The tables of a shop."""

    async def take_template(self, place: Callable[[], Awaitable[object]]) -> OrderTemplate:
        """The rows that are written while one order is placed, until it has come to rest."""
        ...

    async def fill(self, template: OrderTemplate, customer: str, first: int, last: int) -> int:
        """Rows of orders numbered from `first` up to `last`; how many rows."""
        ...


class PostgresVolume:
    """Those of the distributed shop."""

    def __init__(self, observed: ObservedShop) -> None:
        self._observed = observed

    async def take_template(self, place: Callable[[], Awaitable[object]]) -> OrderTemplate:
        known = await read_known(self._observed)
        await place()
        return await read_template(self._observed, known)

    async def fill(self, template: OrderTemplate, customer: str, first: int, last: int) -> int:
        return await fill(self._observed, template, customer, first, last)


class SqliteVolume:
    """Those of the embedded shop, which goes on meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def take_template(self, place: Callable[[], Awaitable[object]]) -> OrderTemplate:
        known = await asyncio.to_thread(read_known_files, self._folder)
        await place()
        return await asyncio.to_thread(read_template_of_files, self._folder, known)

    async def fill(self, template: OrderTemplate, customer: str, first: int, last: int) -> int:
        return await asyncio.to_thread(fill_files, self._folder, template, customer, first, last)
