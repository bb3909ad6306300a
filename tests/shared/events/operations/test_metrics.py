"""What is measured of events, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from entrepot.shared.db import DatabaseUnavailable
from entrepot.shared.events import MemoryBus, Message
from entrepot.shared.events.bus.bus import ConsumerState
from entrepot.shared.events.operations.counters import EventCounters
from entrepot.shared.events.operations.metrics import collect_consumers, collect_counters, collect_tables
from entrepot.shared.events.tables import SAGAS
from entrepot.shared.graphql import IdentityPolicy
from entrepot.shared.telemetry.families import render_page
from tests.support.asgi_client import AsgiClient
from tests.support.audit import link_all, write_entries
from tests.support.kernel import Kernel
from tests.support.subgraphs import open_subgraph


def read(printed: bytes | str) -> dict[str, float]:
    text = printed.decode() if isinstance(printed, bytes) else printed
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {":".join([sample.name, *sorted(sample.labels.values())]): sample.value for sample in samples}


async def read_tables(kernel: Kernel) -> dict[str, float]:
    async with kernel.database.read() as session:
        return read(render_page(await collect_tables("tests", session, kernel.clock.now()), "")[0])


async def test_what_waits_to_be_sent(kernel: Kernel) -> None:
    await kernel.change("a", 1, 2)
    kernel.clock.advance(90)
    seen = await read_tables(kernel)
    assert seen["entrepot_outbox_undelivered:tests"] == 2
    assert seen["entrepot_outbox_oldest_seconds:tests"] == 90
    assert seen["entrepot_dead_letters:tests"] == 0


async def test_audit_entries_that_are_not_chained(kernel: Kernel) -> None:
    await write_entries(kernel, 1)
    await link_all(kernel)
    assert (await read_tables(kernel))["entrepot_audit_unlinked_oldest_seconds:tests"] == 0
    await write_entries(kernel, 2, 3)
    kernel.clock.advance(90)
    seen = await read_tables(kernel)
    assert seen["entrepot_audit_unlinked:tests"] == 2
    assert seen["entrepot_audit_unlinked_oldest_seconds:tests"] == 90


async def test_sagas_that_have_not_ended(kernel: Kernel) -> None:
    now = kernel.clock.now()
    later, earlier = now + timedelta(seconds=60), now - timedelta(seconds=60)
    deadlines = {"a": ("RUNNING", later), "b": ("RUNNING", earlier), "c": ("COMPLETED", None)}
    rows = [
        {"name": "placement", "key": key, "status": status, "step": "one", "data": {}, "attempts": 0, "version": 0}
        | {"deadline": deadline, "created_at": earlier, "updated_at": earlier}
        for key, (status, deadline) in deadlines.items()
    ]
    async with kernel.database.write() as session:
        await session.execute(SAGAS.insert(), rows)
        await session.commit()
    seen = await read_tables(kernel)
    assert seen["entrepot_sagas:RUNNING:placement:tests"] == 2
    assert seen["entrepot_sagas_overdue:RUNNING:placement:tests"] == 1
    assert seen["entrepot_saga_oldest_seconds:RUNNING:placement:tests"] == 60
    assert not [name for name in seen if "COMPLETED" in name]


class Busy(MemoryBus):
    """A bus as one that has groups."""

    def lag(self) -> Mapping[tuple[str, str, int], int]:
        return {("g", "t", 0): 7}

    def consumers(self) -> Mapping[str, ConsumerState]:
        return {"g": ConsumerState(is_consuming=False, poll_age=31.5, joins=3)}


def test_what_a_process_counts() -> None:
    counters = EventCounters(published=3, retries=2, dead_lettered=1)
    seen = read(render_page([*collect_counters("tests", counters), *collect_consumers(Busy())], "")[0])
    assert seen["entrepot_events_published_total:tests"] == 3
    assert seen["entrepot_events_retries_total:tests"] == 2
    assert seen["entrepot_consumer_lag:0:g:t"] == 7
    assert seen["entrepot_consumer_consuming:g"] == 0
    assert seen["entrepot_consumer_poll_age_seconds:g"] == 31.5
    assert seen["entrepot_consumer_joins_total:g"] == 3
    assert "process_cpu_seconds_total" in seen


async def test_a_process_shows_them_when_it_is_told_to(tmp_path: Path) -> None:
    async with open_subgraph("carts", tmp_path) as carts:
        await carts.process.consumer.receive(Message("entrepot.tests", "a", b"{"))
        policy = IdentityPolicy(None)  # type: ignore[arg-type]  # nobody is identified here
        answered = await AsgiClient(carts.process.build_app(policy, with_metrics=True)).send("GET", "/metrics", {})
        assert answered.headers["content-type"].startswith("text/plain; version=0.0.4")
        seen = read(answered.body)
        assert (seen["entrepot_events_dead_lettered_total:carts"], seen["entrepot_dead_letters:carts"]) == (1, 1)
        # What was buried is announced as well.
        assert seen["entrepot_outbox_undelivered:carts"] == 1
        assert seen["entrepot_database_up:carts"] == 1
        assert (await AsgiClient(carts.process.build_app(policy)).send("GET", "/metrics", {})).status == 404


async def test_what_is_counted_is_shown_also_without_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_subgraph("carts", tmp_path) as carts:

        @asynccontextmanager
        async def away() -> AsyncIterator[None]:
            raise DatabaseUnavailable
            yield

        monkeypatch.setattr(carts.process.database, "read", away)
        policy = IdentityPolicy(None)  # type: ignore[arg-type]  # nobody is identified here
        answered = await AsgiClient(carts.process.build_app(policy, with_metrics=True)).send("GET", "/metrics", {})
        seen = read(answered.body)
    assert answered.status == 200
    assert seen["entrepot_database_up:carts"] == 0
    assert seen["entrepot_events_handled_total:carts"] >= 0
    assert "entrepot_dead_letters:carts" not in seen
