"""What is measured of events, as Prometheus reads it."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from shared.events import Message
from shared.events.administration import read_state
from shared.events.counters import EventCounters
from shared.events.metrics import print_metrics
from shared.graphql import IdentityPolicy
from tests.support.asgi_client import AsgiClient
from tests.support.kernel import Kernel
from tests.support.subgraphs import open_subgraph


def read(printed: bytes | str) -> dict[str, float]:
    text = printed.decode() if isinstance(printed, bytes) else printed
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {":".join([sample.name, *sorted(sample.labels.values())]): sample.value for sample in samples}


async def test_counters_gauges_and_lag(kernel: Kernel) -> None:
    await kernel.change("a", 1, 2)
    kernel.clock.advance(90)
    async with kernel.database.read() as session:
        state = await read_state(session)
    counters = EventCounters(published=3, retries=2, buried=1)
    seen = read(print_metrics("tests", counters, state, {("g", "t", 0): 7}, kernel.clock.now()))
    assert seen["entrepot_events_published_total:tests"] == 3
    assert seen["entrepot_events_retries_total:tests"] == 2
    assert seen["entrepot_outbox_undelivered:tests"] == 2
    assert seen["entrepot_outbox_oldest_seconds:tests"] == 90
    assert seen["entrepot_dead_letters:tests"] == 0
    assert seen["entrepot_consumer_lag:0:g:t"] == 7


async def test_a_process_shows_them_when_it_is_told_to(tmp_path: Path) -> None:
    async with open_subgraph("carts", tmp_path) as carts:
        await carts.process.consumer.receive(Message("entrepot.tests", "a", b"{"))
        policy = IdentityPolicy(None)  # type: ignore[arg-type]  # nobody is identified here
        answered = await AsgiClient(carts.process.build_app(policy, with_metrics=True)).send("GET", "/metrics", {})
        assert answered.headers["content-type"].startswith("text/plain; version=0.0.4")
        seen = read(answered.body)
        assert (seen["entrepot_events_buried_total:carts"], seen["entrepot_dead_letters:carts"]) == (1, 1)
        # What was buried is announced as well.
        assert seen["entrepot_outbox_undelivered:carts"] == 1
        assert (await AsgiClient(carts.process.build_app(policy)).send("GET", "/metrics", {})).status == 404
