"""An empty database of each kind, for the tests to migrate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database
from tests.shared.conftest import empty_postgres


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path}/upgraded.db", SystemClock())
        yield database
        await database.dispose()
        return
    async with empty_postgres() as url:
        database = Database(url, SystemClock())
        yield database
        await database.dispose()
