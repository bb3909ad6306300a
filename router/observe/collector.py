"""The figures of a router in the form that Prometheus scrapes, made at the moment of the scrape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from entrepot.router.observe.metrics import Tallies
from entrepot.router.observe.sources import Sources, read_caches
from entrepot.shared.telemetry.families import Families

_FAMILIES: Final = Families("entrepot_router_")
_count, _gauge, _measure = _FAMILIES.counter, _FAMILIES.gauge, _FAMILIES.histogram
_CIRCUIT_STATES: Final = ("closed", "half-open", "open")


class Metrics(Collector):
    """All metrics of one router; `sources` is where those are read that nobody counts here."""

    def __init__(self) -> None:
        self.tallies = Tallies()
        self.sources: Sources | None = None
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def print(self, accept: str) -> tuple[bytes, str]:
        """The page in the format that the `Accept` header asks for, and its media type."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type

    def describe(self) -> Iterator[Metric]:
        """Nothing: what there is is known when it is collected."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield from self._collect_requests()
        yield from self._collect_subgraphs()
        if self.sources is not None:
            yield from _collect_traffic(self.sources)
            yield from _collect_caches(self.sources)
            yield from _collect_state(self.sources)

    def _collect_requests(self) -> Iterator[Metric]:
        tallies = self.tallies
        yield _count("http_requests", "Answers, by HTTP status.", ("status",), tallies.statuses)
        yield _count(
            "operations",
            "Operations, by kind, name (of registered documents only) and outcome.",
            ("kind", "operation", "outcome"),
            tallies.operations,
        )
        yield _count("errors", "Operations that ended with an error of this code.", ("code",), tallies.codes)
        yield _measure(
            "request_duration_seconds",
            "Requests from their head to their answer, streams left out.",
            (),
            {(): tallies.requests},
        )
        yield _measure(
            "stage_duration_seconds",
            "Stages that had something to compute; what is found done is counted by its cache.",
            ("stage",),
            tallies.stages,
        )

    def _collect_subgraphs(self) -> Iterator[Metric]:
        fetches = self.tallies.fetches.by_subgraph
        yield _count(
            "subgraph_requests",
            "Fetches, by HTTP status or the code of the failure.",
            ("subgraph", "status"),
            {
                (subgraph, outcome): count
                for subgraph, tally in fetches.items()
                for outcome, count in tally.outcomes.items()
            },
        )
        yield _measure(
            "subgraph_request_duration_seconds",
            "Fetches with all waiting and retries.",
            ("subgraph",),
            fetches,
        )


def _collect_traffic(sources: Sources) -> Iterator[Metric]:
    traffic = sources.traffic.report()
    counters = {
        "retries": "Attempts after the first.",
        "shared": "Fetches that shared the answer of an identical one.",
        "timeouts": "Fetches that were ended since they took too long.",
    }
    for name, text in counters.items():
        counts = {subgraph: getattr(figures, name) for subgraph, figures in traffic.items()}
        yield _count(f"subgraph_{name}", text, ("subgraph",), counts)
    waiting = {subgraph: figures.waiting for subgraph, figures in traffic.items()}
    yield _gauge("subgraph_waiting", "Fetches that wait for a place in the queue.", ("subgraph",), waiting)
    circuits = {
        (subgraph, state): int(figures.circuit == state)
        for subgraph, figures in traffic.items()
        for state in _CIRCUIT_STATES
    }
    yield _gauge("subgraph_circuit", "1 for the state that the circuit is in.", ("subgraph", "state"), circuits)


def _collect_caches(sources: Sources) -> Iterator[Metric]:
    caches = read_caches(sources.snapshot)
    lookups = {(name, "hit"): figures.hits for name, figures in caches.items()}
    lookups |= {(name, "miss"): figures.misses for name, figures in caches.items()}
    lookups["answers", "hit"], lookups["answers", "miss"] = sources.answer_lookups
    yield _count("cache_lookups", "Lookups, by their result.", ("cache", "result"), lookups)
    yield _gauge("cache_entries", "What is kept.", ("cache",), {name: each.entries for name, each in caches.items()})
    yield _gauge("cache_bytes", "Its estimated size.", ("cache",), {name: each.weight for name, each in caches.items()})


def _collect_state(sources: Sources) -> Iterator[Metric]:
    yield _count("security_events", "Refusals, by kind and code.", ("kind", "code"), sources.security.counts)
    streams = {(): sources.open_streams}
    yield _gauge("open_streams", "Sockets and streams over HTTP that are open.", (), streams)
    yield _gauge("requests_under_way", "Requests that have not ended.", (), {(): sources.requests_under_way})
