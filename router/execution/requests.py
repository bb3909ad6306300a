"""The input of execution: the request and its limits; and a record of each fetch."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution.transports.subgraph_client import SubgraphTransport


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionLimits:
    """The most that one execution may hold.

    `representations` counts those of one request to a subgraph, `errors` the entries that one answer lists,
    `stream_events` the events of a subscription that wait for a slow client, `introspection_values` the values of the
    answer to introspection; None: by the size of the schema.
    """

    representations: int = 20_000
    response_bytes: int = 64 * 1024 * 1024
    errors: int = 1_000
    stream_events: int = 16
    introspection_values: int | None = None


@dataclass(frozen=True, slots=True)
class FetchRecord:
    """One request to a subgraph after its end; `status` is the HTTP status, None when nothing came back.

    `started` and `duration` are in seconds by the request's clock, 0.0 when it has none. `headers` are those of the
    answer, with each `Set-Cookie` in `cookies`; `failure` is why there was none, with its cause, for the log.
    """

    fetch_id: int
    subgraph: str
    representations: int
    duration: float
    status: int | None
    errors: int
    headers: Mapping[str, str]
    failure: SubgraphUnavailable | None = None
    cookies: tuple[str, ...] = ()
    started: float = 0.0


def _no_headers(_subgraph: str) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionRequest:
    """One execution of a compiled plan.

    `variables` are coerced, defaults included. `urls` says where subgraphs are, by name; `headers` what to send to the
    one named, and `identity` on whose behalf where headers alone do not (see SubgraphRequest). `on_fetch` hears of
    every fetch after its end, and `monotonic` is the clock for its duration. `mask_error` makes of a subgraph's
    error entry, given the subgraph's name, what the client may see of it. `includes_entities` adds to requests which
    entities they ask for.
    """

    transport: SubgraphTransport
    variables: Mapping[str, Any] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)
    headers: Callable[[str], Mapping[str, str]] = _no_headers
    identity: Hashable = None
    on_fetch: Callable[[FetchRecord], None] | None = None
    monotonic: Callable[[], float] | None = None
    mask_error: Callable[[str, dict[str, Any]], dict[str, Any]] | None = None
    includes_entities: bool = False
