"""Each subgraph's tests run on both databases: what a test asks of its subgraph is asked on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.postgres import DatabasesOfTests
from tests.support.servers import postgres_url


@pytest.fixture(scope="session")
def databases() -> Iterator[DatabasesOfTests]:
    made = DatabasesOfTests(postgres_url())
    yield made
    asyncio.run(made.close())


@pytest.fixture(params=["sqlite", "postgres"])
async def database_url(request: pytest.FixtureRequest) -> AsyncIterator[str | None]:
    """Where the subgraph of this test's folder keeps its data; None is a file of its own."""
    if request.param == "sqlite":
        yield None
        return
    databases: DatabasesOfTests = request.getfixturevalue("databases")
    yield await databases.lend(Path(request.path).parent.name)
