"""The connections of a process to its database, as Prometheus scrapes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client.metrics_core import Metric

from entrepot.shared.db.pool import WaitingPool
from entrepot.shared.db.session import Database
from entrepot.shared.telemetry.families import Families

_FAMILIES: Final = Families("entrepot_database_")
_LABELS: Final = ("subgraph",)


def collect_connections(subgraph: str, database: Database) -> Iterator[Metric]:
    """What the pool holds; nothing for SQLite, whose connections are no server's."""
    pool = database.engine.pool
    if not isinstance(pool, WaitingPool):
        return
    states = {(subgraph, "used"): pool.checkedout(), (subgraph, "idle"): pool.checkedin()}
    yield _FAMILIES.gauge("connections", "Connections that are open.", ("subgraph", "state"), states)
    limit = {subgraph: pool.limit}
    yield _FAMILIES.gauge("connections_limit", "How many may be open at most.", _LABELS, limit)
    waiting = {subgraph: pool.waiting}
    yield _FAMILIES.gauge("connections_waiting", "Units of work that wait for a connection.", _LABELS, waiting)
    waits = {subgraph: pool.waits}
    yield _FAMILIES.counter("connection_waits", "Units of work that found no connection free.", _LABELS, waits)


def collect_up(subgraph: str, *, is_answering: bool) -> Metric:
    """Whether the database does; a pool that is exhausted counts as one that does not."""
    answering = {subgraph: int(is_answering)}
    return _FAMILIES.gauge("up", "Whether the database answers this process: 1 or 0.", _LABELS, answering)
