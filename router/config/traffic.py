"""The sections about traffic to subgraphs: how long, how often and how much they are asked, and what goes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

Seconds = Annotated[float, Meta(gt=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=1)]
Encoding = Literal["gzip", "deflate", "br"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryConfig:
    """Asking again after a passing failure: no connection, one that broke, an attempt too late, or a status listed.

    Only reads are asked again, at most `attempts` times in all. The pause before the second attempt is anything up to
    `pause` seconds, and each further one up to twice as long, `longest_pause` at most; where the subgraph says
    `Retry-After`, not before that, and not at all when it says longer than `longest_pause`. `budget` is the share of
    requests that may be asked again, so that retries never multiply the load; `reserve` are let through beyond it.
    """

    enabled: bool = True
    attempts: Count = 3
    pause: Seconds = 0.05
    longest_pause: Seconds = 2.0
    statuses: tuple[int, ...] = (502, 503, 504)
    budget: Share = 0.2
    reserve: Annotated[int, Meta(ge=0)] = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitBreakerConfig:
    """Leaving a subgraph that fails alone for a while.

    When, of at least `minimum_requests` in the last `window` seconds, the share `failure_rate` got no answer or one
    with a status of 500 and above, nothing is sent for `open_seconds`; then `probes` requests are let through at a
    time, and that many answers in a row close the circuit again, one failure opens it.
    """

    enabled: bool = True
    failure_rate: Annotated[float, Meta(gt=0, le=1)] = 0.5
    minimum_requests: Count = 20
    window: Seconds = 10.0
    open_seconds: Seconds = 5.0
    probes: Count = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencyConfig:
    """At most `limit` requests at a time, and `queue` more that wait in their order; others are refused at once."""

    limit: Count
    queue: Annotated[int, Meta(ge=0)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphTrafficConfig:
    """How one subgraph is asked; None is what holds for all, and there what the field's description says.

    `timeout` bounds a whole fetch, in seconds, waiting and retries included (None: `timeouts.subgraph`), and
    `attempt_timeout` each single attempt (None: not by itself). `circuit_breaker` and `concurrency` are off unless they
    are given. `deduplicate` (on) lets identical reads that are under way at the same time share one answer.
    `accept_encodings` (none) are the compressions that the subgraph may answer with; `br` needs the package `brotli`.
    """

    timeout: Seconds | None = None
    attempt_timeout: Seconds | None = None
    retry: RetryConfig | None = None
    circuit_breaker: CircuitBreakerConfig | None = None
    concurrency: ConcurrencyConfig | None = None
    deduplicate: bool | None = None
    accept_encodings: tuple[Encoding, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficConfig:
    """How subgraphs are asked: `all`, except where `subgraphs` says otherwise by name, section by section."""

    all: SubgraphTrafficConfig = field(default_factory=SubgraphTrafficConfig)
    subgraphs: Mapping[str, SubgraphTrafficConfig] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseHeaderRule:
    """Which headers of subgraphs' answers go on to the client, where several subgraphs answer in the plan's order.

    `propagate` names headers (or a prefix that ends in `*`). `append` joins the values of all answers, `first` and
    `last` take one. Each `Set-Cookie` stays a field of its own, whatever the algorithm.
    """

    propagate: tuple[str, ...] = ()
    algorithm: Literal["append", "first", "last"] = "append"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphErrorRule:
    """What a client sees of an error that a subgraph reports.

    `pass` shows its message, `mask` shows `message` instead. Of its extensions only those that `extensions` names go
    on; `*` is all of them. `show_subgraph` adds the subgraph's name as `service`.
    """

    mode: Literal["pass", "mask"] = "pass"
    message: str = "A part of the answer is missing: a service reported an error."
    extensions: tuple[str, ...] = ("code",)
    show_subgraph: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphErrorsConfig:
    """What a client sees of subgraphs' errors: the rule for `all`, or instead of it the one by name."""

    all: SubgraphErrorRule = field(default_factory=SubgraphErrorRule)
    subgraphs: Mapping[str, SubgraphErrorRule] = field(default_factory=dict)
