"""What the kernel's tests start from."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from entrepot.shared.events import contract
from entrepot.shared.events import event as events
from entrepot.shared.telemetry.spans import RecordingTracer
from tests.support.clock import ManualClock
from tests.support.kernel import Kernel, LeapingClock, ThingChanged, ThingRenamed, ThingRenamedV2, open_kernel
from tests.support.servers import postgres_url


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(autouse=True)
def own_contracts() -> Iterator[None]:
    """Contracts of the tests alone, registered for the time of the test."""
    before = set(events._REGISTRY)
    contract("kernel.thing.changed", subject="thing_id")(ThingChanged)
    contract("kernel.thing.renamed", subject="thing_id")(ThingRenamed)
    contract("kernel.thing.renamed", subject="thing_id", version=2)(ThingRenamedV2)
    yield
    # Those of modules that the test was the first to import stay: they are not imported again.
    for key in set(events._REGISTRY) - before:
        if events._REGISTRY[key].__module__.startswith("tests."):
            del events._REGISTRY[key]


@pytest.fixture(params=["sqlite", "postgres"])
async def kernel_on_each(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kernel]:
    if request.param == "sqlite":
        async with open_kernel(tmp_path, LeapingClock()) as opened:
            yield opened
    else:
        async with empty_postgres() as url, open_kernel(tmp_path, LeapingClock(), url=url) as opened:
            yield opened


@asynccontextmanager
async def empty_postgres() -> AsyncIterator[str]:
    """The URL of a database of its own on the server that `ENTREPOT_TEST_POSTGRES` names."""
    url = make_url(postgres_url())
    name = f"kernel_{uuid.uuid4().hex}"
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
        yield url.set(database=name).render_as_string(hide_password=False)
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await engine.dispose()


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter: InMemorySpanExporter) -> RecordingTracer:
    return RecordingTracer("tests", 1.0, SimpleSpanProcessor(exporter))
