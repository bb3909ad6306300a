"""One distributed shop for all tests of the folder: it takes a while to start."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.mesh import Shop
from tests.support.up import UpProcess, run_up, visit


@pytest.fixture(scope="package")
def up() -> Iterator[UpProcess]:
    with run_up("--scale", "router=2") as running:
        yield running


@pytest.fixture
async def shop(up: UpProcess) -> AsyncIterator[Shop]:
    async with visit(up) as shop:
        yield shop
