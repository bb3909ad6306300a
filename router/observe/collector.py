"""The metrics of a router as Prometheus scrapes them, collected at the moment of the scrape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from entrepot.router.observe.metrics import RequestMetrics
from entrepot.router.observe.sources import Sources, read_caches
from entrepot.shared.telemetry.families import Families

_FAMILIES: Final = Families("entrepot_router_")
_count, _gauge, _measure = _FAMILIES.counter, _FAMILIES.gauge, _FAMILIES.histogram
_CIRCUIT_STATES: Final = ("closed", "half-open", "open")


class Metrics(Collector):
    """All metrics of one router; `sources` provides those that other parts of the router count."""

    def __init__(self) -> None:
        self.request_metrics = RequestMetrics()
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
        request_metrics = self.request_metrics
        yield _count("http_requests", "HTTP responses, by status.", ("status",), request_metrics.statuses)
        yield _count(
            "operations",
            "Operations, by kind, name (of persisted documents only) and outcome.",
            ("kind", "operation", "outcome"),
            request_metrics.operations,
        )
        yield _count("errors", "Operations that ended with an error of this code.", ("code",), request_metrics.codes)
        yield _measure(
            "request_duration_seconds",
            "Requests from their head to their response, without streams.",
            (),
            {(): request_metrics.requests},
        )
        yield _measure(
            "stage_duration_seconds",
            "Stages that computed something; a cached result is counted as a cache lookup.",
            ("stage",),
            request_metrics.stages,
        )

    def _collect_subgraphs(self) -> Iterator[Metric]:
        fetches = self.request_metrics.fetches.by_subgraph
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
            "Fetches, with queueing and retries.",
            ("subgraph",),
            fetches,
        )


def _collect_traffic(sources: Sources) -> Iterator[Metric]:
    traffic = sources.traffic.report()
    counters = {
        "retries": "Attempts after the first.",
        "deduplicated": "Fetches that shared the response of an identical one in flight.",
        "timeouts": "Fetches that timed out.",
    }
    for name, text in counters.items():
        counts = {subgraph: getattr(metrics, name) for subgraph, metrics in traffic.items()}
        yield _count(f"subgraph_{name}", text, ("subgraph",), counts)
    queued = {subgraph: metrics.queued for subgraph, metrics in traffic.items()}
    yield _gauge("subgraph_queued_requests", "Fetches that wait for the concurrency limit.", ("subgraph",), queued)
    circuits = {
        (subgraph, state): int(metrics.circuit == state)
        for subgraph, metrics in traffic.items()
        for state in _CIRCUIT_STATES
    }
    yield _gauge(
        "subgraph_circuit_breaker_state",
        "1 for the current state of the circuit breaker.",
        ("subgraph", "state"),
        circuits,
    )


def _collect_caches(sources: Sources) -> Iterator[Metric]:
    caches = read_caches(sources.snapshot)
    lookups = {(name, "hit"): metrics.hits for name, metrics in caches.items()}
    lookups |= {(name, "miss"): metrics.misses for name, metrics in caches.items()}
    lookups["response", "hit"], lookups["response", "miss"] = sources.response_cache_lookups
    yield _count("cache_lookups", "CacheLookups, by their result.", ("cache", "result"), lookups)
    yield _gauge("cache_entries", "Entries.", ("cache",), {name: each.entries for name, each in caches.items()})
    yield _gauge("cache_bytes", "Estimated size.", ("cache",), {name: each.weight for name, each in caches.items()})


def _collect_state(sources: Sources) -> Iterator[Metric]:
    yield _count("security_events", "Refusals, by kind and code.", ("kind", "code"), sources.security.counts)
    streams = {(): sources.active_streams}
    yield _gauge("active_streams", "Open WebSocket connections and streams over HTTP.", (), streams)
    yield _gauge(
        "requests_in_flight", "HTTP requests and WebSocket operations in flight.", (), {(): sources.requests_in_flight}
    )
