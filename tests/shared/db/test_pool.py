"""Who finds no connection free is counted, and seen while waiting."""

from __future__ import annotations

import asyncio

from prometheus_client.metrics_core import Metric
from sqlalchemy import text

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import ConnectionOptions, Database
from entrepot.shared.db.metrics import collect_connections
from tests.support.servers import postgres_url


def read(metrics: list[Metric]) -> dict[str, float]:
    samples = [sample for metric in metrics for sample in metric.samples]
    return {".".join([sample.name, *sorted(sample.labels.values())]): sample.value for sample in samples}


async def test_a_pool_that_is_used_up() -> None:
    options = ConnectionOptions(pool_size=1, pool_overflow=1)
    database = Database(postgres_url(), SystemClock(), options)
    may_end = asyncio.Event()

    async def hold() -> None:
        async with database.read() as session:
            await session.execute(text("SELECT 1"))
            await may_end.wait()

    holders = [asyncio.create_task(hold()) for _ in range(3)]
    try:
        async with asyncio.timeout(20):
            while read(list(collect_connections("tests", database)))["entrepot_database_connections_waiting.tests"] < 1:
                await asyncio.sleep(0.01)
        full = read(list(collect_connections("tests", database)))
        may_end.set()
        await asyncio.gather(*holders)
        after = read(list(collect_connections("tests", database)))
    finally:
        await database.dispose()
    assert full["entrepot_database_connections.tests.used"] == 2
    assert full["entrepot_database_connections_limit.tests"] == 2
    assert full["entrepot_database_connection_waits_total.tests"] == 1
    assert after["entrepot_database_connections.tests.used"] == 0
    assert after["entrepot_database_connections_waiting.tests"] == 0


async def test_files_have_no_pool_to_speak_of(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/one.db", SystemClock())
    assert list(collect_connections("tests", database)) == []
    await database.dispose()
