"""One `entrepot serve` for the journeys of the folder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.support.servers import postgres_url
from tests.support.single import Databases, ServeProcess, run_serve, temporary_folder


@pytest.fixture(scope="package")
def databases() -> Iterator[Databases]:
    """Databases with the demo data."""
    with temporary_folder() as folder:
        found = Databases(postgres_url(), folder / "data")
        asyncio.run(found.create())
        yield found
        asyncio.run(found.drop())


@pytest.fixture(scope="package")
def served(databases: Databases) -> Iterator[ServeProcess]:
    with run_serve(databases) as process:
        process.wait_until_said("Entrepot serves at")
        yield process
