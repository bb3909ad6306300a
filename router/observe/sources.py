"""Interfaces to the parts of a router that provide metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from entrepot.router.pipeline.cache.bounded_cache import BoundedCache
from entrepot.router.pipeline.cache.snapshot import Snapshot
from entrepot.router.pipeline.instrumentation.security_log import SecurityLog
from entrepot.router.traffic import SubgraphTraffic


class TrafficReport(Protocol):
    """Tells what happened at each subgraph, by its name."""

    def report(self) -> Mapping[str, SubgraphTraffic]: ...


class Sources(Protocol):
    """The application whose figures are shown: what is in service at this moment, and what outlives it."""

    @property
    def snapshot(self) -> Snapshot: ...

    @property
    def traffic(self) -> TrafficReport: ...

    @property
    def security(self) -> SecurityLog: ...

    @property
    def active_streams(self) -> int:
        """Connections that stay open: sockets, and streams over HTTP."""
        ...

    @property
    def response_cache_lookups(self) -> tuple[int, int]:
        """Hits and misses of the response cache."""
        ...

    @property
    def requests_in_flight(self) -> int: ...


@dataclass(frozen=True, slots=True)
class CacheMetrics:
    """What a cache holds, and how often it was asked."""

    entries: int
    weight: int
    hits: int
    misses: int


def read_caches(snapshot: Snapshot) -> dict[str, CacheMetrics]:
    """The figures of the caches of a supergraph in service, by their names."""
    caches: dict[str, BoundedCache[Any, Any]] = {"documents": snapshot.documents, "plans": snapshot.plans}
    return {name: CacheMetrics(len(cache), cache.weight, cache.hits, cache.misses) for name, cache in caches.items()}
