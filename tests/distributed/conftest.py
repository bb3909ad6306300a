"""One distributed shop for all tests of the folder: it takes a while to start."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.mesh import Shop
from tests.support.otlp import Receiver, receive_spans
from tests.support.up import UpProcess, run_up, visit


@pytest.fixture(scope="package")
def receiver() -> Iterator[Receiver]:
    """Where the spans of its processes come."""
    with receive_spans() as receiver:
        yield receiver


@pytest.fixture(scope="package")
def up(receiver: Receiver) -> Iterator[UpProcess]:
    # Of no requests but those whose client asks for it.
    tracing = {
        "ENTREPOT_TRACING_ENABLED": "true",
        "ENTREPOT_TRACING_ENDPOINT": receiver.endpoint,
        "ENTREPOT_TRACING_RATIO": "0",
    }
    with run_up("--scale", "router=2", environ=tracing) as running:
        yield running


@pytest.fixture
async def shop(up: UpProcess) -> AsyncIterator[Shop]:
    async with visit(up) as shop:
        yield shop
