"""Traffic to subgraphs: timeouts, retries, circuit breaker, concurrency limit, deduplication, error masking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

from entrepot.router.config.tls import ClientTlsConfig

Seconds = Annotated[float, Meta(gt=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=1)]
Encoding = Literal["gzip", "deflate", "br"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryBudgetConfig:
    """The retry budget of a subgraph, a token bucket: every request adds `ratio` tokens, every retry takes one."""

    ratio: Share = 0.2
    """Tokens added per request: the share of requests that may be retried in the long run."""
    burst: Annotated[int, Meta(ge=0)] = 10
    """The size of the bucket: retries that are possible at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryConfig:
    """Retries of queries after transient failures; mutations are never retried.

    A failure is transient when the connection failed or broke, the attempt timed out, or the status is in `statuses`.
    """

    enabled: bool = True
    """Whether queries are retried."""
    max_attempts: Count = 3
    """The most attempts per fetch, the first included."""
    backoff: Seconds = 0.05
    """The upper bound in seconds of the random delay before the first retry, doubled for each further one."""
    max_backoff: Seconds = 2.0
    """The longest backoff in seconds. A longer `Retry-After` of the subgraph ends the retries."""
    statuses: tuple[int, ...] = (502, 503, 504)
    """HTTP statuses that are retried."""
    retry_budget: RetryBudgetConfig = field(default_factory=RetryBudgetConfig)
    """The retry budget, which keeps retries from multiplying the load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitBreakerConfig:
    """A circuit breaker: while a subgraph fails too often, requests to it fail fast instead of being sent."""

    enabled: bool = True
    """Whether the circuit breaker is used."""
    failure_rate_threshold: Annotated[float, Meta(gt=0, le=1)] = 0.5
    """The share of failed requests (no response, timeout, or status 500 and above) that opens the circuit."""
    minimum_requests: Count = 20
    """The fewest requests within the window for which the failure rate counts."""
    window: Seconds = 10.0
    """The length of the sliding window, in seconds."""
    wait_duration_in_open_state: Seconds = 5.0
    """Seconds in the open state before the circuit becomes half-open."""
    permitted_requests_in_half_open_state: Count = 1
    """Concurrent trial requests in the half-open state; as many successes in a row close the circuit, one failure
    opens it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencyLimitConfig:
    """A concurrency limit with a bounded queue for requests to one subgraph."""

    max_requests: Count
    """The most requests in flight."""
    queue_capacity: Annotated[int, Meta(ge=0)] = 100
    """The most requests that wait, first in, first out; further ones are refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphTrafficConfig:
    """The traffic policy of one subgraph. A key that is null falls back to `traffic.all`."""

    timeout: Seconds | None = None
    """Seconds per fetch, with queueing and retries (in `all`: `timeouts.subgraph`)."""
    attempt_timeout: Seconds | None = None
    """Seconds per attempt (in `all`: no limit besides `timeout`)."""
    retry: RetryConfig | None = None
    """Retries (in `all`: on, with the defaults)."""
    circuit_breaker: CircuitBreakerConfig | None = None
    """The circuit breaker (in `all`: off)."""
    concurrency_limit: ConcurrencyLimitConfig | None = None
    """The concurrency limit (in `all`: none)."""
    deduplicate: bool | None = None
    """Whether identical queries that are in flight at the same time share one request (in `all`: true)."""
    accept_encodings: tuple[Encoding, ...] | None = None
    """Compressions offered to the subgraph (in `all`: none). `br` needs the package `brotli`."""
    tls: ClientTlsConfig | None = None
    """TLS of https and wss connections (in `all`: the CAs of the system, no client certificate)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficConfig:
    """Traffic policies for requests to subgraphs."""

    all: SubgraphTrafficConfig = field(default_factory=SubgraphTrafficConfig)
    """The policy for every subgraph."""
    subgraphs: Mapping[str, SubgraphTrafficConfig] = field(default_factory=dict)
    """Policies by subgraph name, which override `all` key by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphErrorRule:
    """What clients see of an error that a subgraph returns."""

    mode: Literal["pass", "mask"] = "pass"
    """`pass` shows the subgraph's message, `mask` replaces it with `message`."""
    message: str = "A part of the answer is missing: a service reported an error."
    """The message shown by `mode: mask`."""
    extensions: tuple[str, ...] = ("code",)
    """The extensions that clients see; `*` stands for all."""
    show_subgraph: bool = True
    """Whether the subgraph's name is added to the extensions as `service`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphErrorsConfig:
    """Error masking: what clients see of errors that subgraphs return."""

    all: SubgraphErrorRule = field(default_factory=SubgraphErrorRule)
    """The rule for every subgraph."""
    subgraphs: Mapping[str, SubgraphErrorRule] = field(default_factory=dict)
    """Rules by subgraph name, each used instead of `all`."""
