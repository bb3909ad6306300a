"""A publisher and two consumers, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.shared.conftest import empty_postgres
from tests.support.kernel import Kernel
from tests.support.snapshots import Publisher, open_trade


@pytest.fixture(params=["sqlite", "postgres"])
async def trade(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Publisher, list[Kernel]]]:
    async with AsyncExitStack() as stack:
        # A database takes a while to make: the second consumer's only where there is one.
        count = 3 if "agrees" in request.function.__name__ else 2
        urls: list[str | None] = [None] * count
        if request.param == "postgres":
            urls = [await stack.enter_async_context(empty_postgres()) for _ in urls]
        yield await stack.enter_async_context(open_trade(tmp_path, urls))
