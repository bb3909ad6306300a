"""A subgraph's events as Prometheus scrapes them: counters of this process, gauges of its database and bus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Final

from prometheus_client.metrics_core import Metric
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.audit.chain import read_unlinked
from entrepot.shared.events.bus.bus import Bus
from entrepot.shared.events.operations.administration import read_state
from entrepot.shared.events.operations.counters import EventCounters
from entrepot.shared.events.saga.progress import read_unended
from entrepot.shared.telemetry.families import Families

_FAMILIES: Final = Families("entrepot_")
_LABELS: Final = ("subgraph",)
_COUNTERS: Final = {
    "published": "Events sent to the bus.",
    "publish_failures": "Attempts to send that failed.",
    "handled": "Effects that handlers took.",
    "handler_failures": "Attempts of handlers that failed.",
    "retries": "Attempts of sending and handling after the first.",
    "dead_lettered": "Events that became dead letters.",
    "pruning_failures": "Rounds in which a rule of pruning failed.",
}


def collect_counters(subgraph: str, counters: EventCounters) -> Iterator[Metric]:
    """What this process did since it was started."""
    for name, value in asdict(counters).items():
        yield _FAMILIES.counter(f"events_{name}", _COUNTERS[name], _LABELS, {subgraph: value})


def collect_unknown_versions(subgraph: str, waiting: Mapping[tuple[str, int], float]) -> Metric:
    """How long events have waited for an upgrade of this process."""
    values = {(subgraph, type_, version): seconds for (type_, version), seconds in waiting.items()}
    text = "How long events of a version that this process does not know yet have waited for an upgrade."
    return _FAMILIES.gauge("events_unknown_version_seconds", text, ("subgraph", "type", "version"), values)


def collect_restarts(subgraph: str, restarts: Mapping[str, int]) -> Metric:
    """How often each task of the process ended unexpectedly."""
    counts = {(subgraph, task): count for task, count in restarts.items()}
    return _FAMILIES.counter("task_restarts", "Tasks that ended and were started again.", ("subgraph", "task"), counts)


def collect_consumers(bus: Bus) -> Iterator[Metric]:
    """How far the consumer groups of this process are behind, and whether it consumes."""
    partition = ("group", "topic", "partition")
    yield _FAMILIES.gauge("consumer_lag", "Messages that are sent and not dealt with.", partition, bus.lag())
    states, labels = bus.consumers(), ("consumer",)
    consuming = {name: int(state.is_consuming) for name, state in states.items()}
    yield _FAMILIES.gauge("consumer_consuming", "Whether this process receives messages.", labels, consuming)
    ages = {name: state.poll_age for name, state in states.items() if state.poll_age is not None}
    yield _FAMILIES.gauge("consumer_poll_age_seconds", "How long ago it asked for messages.", labels, ages)
    joins = {name: state.joins for name, state in states.items()}
    yield _FAMILIES.counter("consumer_joins", "How often it has joined its group.", labels, joins)


async def collect_tables(subgraph: str, session: AsyncSession, now: datetime) -> list[Metric]:
    """What the subgraph's tables hold, whichever process is asked."""
    return [
        *await _collect_queue(subgraph, session, now),
        *await _collect_sagas(subgraph, session, now),
        *await _collect_audit(subgraph, session, now),
    ]


async def _collect_queue(subgraph: str, session: AsyncSession, now: datetime) -> list[Metric]:
    state = await read_state(session)
    oldest = state.oldest_undelivered_at
    waited = 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
    gauges = (
        ("outbox_undelivered", "Events that are still to be sent.", state.undelivered),
        ("outbox_rejected", "Events that the bus will never accept.", state.rejected),
        ("outbox_oldest_seconds", "How long the oldest event has waited to be sent.", waited),
        ("dead_letters", "Events that handlers could not deal with and nobody has dropped.", state.dead_letters),
    )
    return [_FAMILIES.gauge(name, said, _LABELS, {subgraph: value}) for name, said, value in gauges]


async def _collect_sagas(subgraph: str, session: AsyncSession, now: datetime) -> list[Metric]:
    found = {(subgraph, each.name, each.status): each for each in await read_unended(session, now)}
    labels = ("subgraph", "saga", "status")
    ages = {key: max(0.0, (now - each.oldest_at).total_seconds()) for key, each in found.items()}
    return [
        _FAMILIES.gauge("sagas", "Sagas that have not ended.", labels, {k: each.count for k, each in found.items()}),
        _FAMILIES.gauge(
            "sagas_overdue",
            "Of these, those whose step should have been answered by now.",
            labels,
            {key: each.overdue for key, each in found.items()},
        ),
        _FAMILIES.gauge("saga_oldest_seconds", "How long ago the oldest of them began.", labels, ages),
    ]


async def _collect_audit(subgraph: str, session: AsyncSession, now: datetime) -> list[Metric]:
    unlinked = await read_unlinked(session)
    waited = 0.0 if unlinked.oldest_at is None else max(0.0, (now - unlinked.oldest_at).total_seconds())
    gauges = (
        ("audit_unlinked", "Entries of the audit log that are not chained yet.", unlinked.count),
        ("audit_unlinked_oldest_seconds", "How long the oldest of them has waited.", waited),
    )
    return [_FAMILIES.gauge(name, said, _LABELS, {subgraph: value}) for name, said, value in gauges]
