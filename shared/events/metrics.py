"""A subgraph's events in the text format of Prometheus: counters of this process, gauges of its database and bus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.events.administration import QueueState
from shared.events.counters import EventCounters

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_COUNTERS: Final = {
    "published": "Events sent to the bus.",
    "publish_failures": "Attempts to send that failed.",
    "handled": "Effects that handlers took.",
    "handler_failures": "Attempts of handlers that failed.",
    "retries": "Attempts of sending and handling after the first.",
    "buried": "Events that became dead letters.",
}


def print_metrics(
    subgraph: str,
    counters: EventCounters,
    state: QueueState,
    lag: Mapping[tuple[str, str, int], int],
    now: datetime,
) -> bytes:
    """The exposition of one subgraph; `lag` is by consumer group, topic and partition."""
    registry = CollectorRegistry()
    registry.register(_Snapshot([*_count(subgraph, counters), *_gauge(subgraph, state, now), _measure_lag(lag)]))
    return generate_latest(registry)


class _Snapshot(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        return iter(self._metrics)


def _count(subgraph: str, counters: EventCounters) -> Iterator[Metric]:
    for name, value in asdict(counters).items():
        family = CounterMetricFamily(f"entrepot_events_{name}", _COUNTERS[name], labels=["subgraph"])
        family.add_metric([subgraph], value)
        yield family


def _gauge(subgraph: str, state: QueueState, now: datetime) -> Iterator[Metric]:
    oldest = state.oldest_undelivered_at
    gauges = (
        ("outbox_undelivered", "Events that are still to be sent.", state.undelivered),
        ("outbox_refused", "Events that the bus will never take.", state.refused),
        (
            "outbox_oldest_seconds",
            "How long the oldest event has waited to be sent.",
            max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0,
        ),
        ("dead_letters", "Events that handlers could not deal with and nobody has dropped.", state.dead_letters),
    )
    for name, said, value in gauges:
        family = GaugeMetricFamily(f"entrepot_{name}", said, labels=["subgraph"])
        family.add_metric([subgraph], value)
        yield family


def _measure_lag(lag: Mapping[tuple[str, str, int], int]) -> Metric:
    family = GaugeMetricFamily(
        "entrepot_consumer_lag", "Messages that are sent and not dealt with.", labels=["group", "topic", "partition"]
    )
    for (group, topic, partition), count in sorted(lag.items()):
        family.add_metric([group, topic, str(partition)], count)
    return family
