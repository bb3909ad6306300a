"""What the kernel's tests start from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.events import contract
from shared.events import event as events
from tests.support.clock import ManualClock
from tests.support.kernel import Kernel, LeapingClock, ThingChanged, ThingRenamed, ThingRenamedV2, open_kernel


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(autouse=True)
def own_contracts() -> Iterator[None]:
    """Contracts of the tests alone, registered for the time of the test."""
    before = dict(events._REGISTRY)
    contract("kernel.thing.changed", subject="thing_id")(ThingChanged)
    contract("kernel.thing.renamed", subject="thing_id")(ThingRenamed)
    contract("kernel.thing.renamed", subject="thing_id", version=2)(ThingRenamedV2)
    yield
    events._REGISTRY.clear()
    events._REGISTRY.update(before)


@pytest.fixture
async def kernel(tmp_path: Path) -> AsyncIterator[Kernel]:
    async with open_kernel(tmp_path, LeapingClock()) as opened:
        yield opened
