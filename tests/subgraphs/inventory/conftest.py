"""The inventory under test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.stock_room import StockRoom
from tests.support.subgraphs import open_subgraph


@pytest.fixture
async def room(tmp_path: Path, database_url: str | None) -> AsyncIterator[StockRoom]:
    async with open_subgraph("inventory", tmp_path, url=database_url) as subgraph:
        yield StockRoom(subgraph)
