"""A circuit breaker: a subgraph that fails too often is left alone, then tried with a few requests."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from entrepot.router.config import CircuitBreakerConfig
from entrepot.router.errors import SubgraphCircuitOpen
from entrepot.router.execution.transports.subgraph_client import describe_failure
from entrepot.shared.clock import Clock
from entrepot.shared.telemetry import get_logger

CircuitState = Literal["closed", "open", "half-open"]
_BUCKETS: Final = 10
_log: Final = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CircuitChange:
    """A circuit went from one state to another."""

    subgraph: str
    before: CircuitState
    after: CircuitState


@dataclass(slots=True)
class _Bucket:
    """What happened in one part of the window, which begins at `start`."""

    start: float
    requests: int = 0
    failures: int = 0


class CircuitBreaker:
    """The circuit of one subgraph; `on_change` hears of each change of its state, after the log."""

    def __init__(
        self,
        subgraph: str,
        config: CircuitBreakerConfig,
        clock: Clock,
        on_change: Callable[[CircuitChange], None] | None = None,
    ) -> None:
        self.state: CircuitState = "closed"
        self._subgraph = subgraph
        self._config = config
        self._clock = clock
        self._on_change = on_change
        self._span = config.window / _BUCKETS
        self._buckets: deque[_Bucket] = deque()
        self._opened_at = 0.0
        self._probes = 0
        self._answered_probes = 0
        self._generation = 0

    def admit(self) -> int:
        """Let a request through; its outcome is told to `record` or `release` with the number that is given here.

        Raises SubgraphCircuitOpen.
        """
        if self.state == "open" and self._clock.monotonic() - self._opened_at >= self._config.open_seconds:
            self._change("half-open")
        if self.state == "open" or (self.state == "half-open" and self._probes >= self._config.probes):
            raise describe_failure(self._subgraph, "failed too often and is left alone", kind=SubgraphCircuitOpen)
        if self.state == "half-open":
            self._probes += 1
        return self._generation

    def record(self, admission: int, *, is_failure: bool) -> None:
        """The outcome of a request; one that was let through in an earlier state says nothing about this one."""
        if admission != self._generation:
            return
        if self.state == "half-open":
            self._probes -= 1
            self._record_probe(is_failure=is_failure)
        else:
            self._record_request(is_failure=is_failure)

    def release(self, admission: int) -> None:
        """A request that was let through came to no outcome, since its caller left."""
        if admission == self._generation and self.state == "half-open":
            self._probes -= 1

    def _record_probe(self, *, is_failure: bool) -> None:
        if is_failure:
            self._open()
            return
        self._answered_probes += 1
        if self._answered_probes >= self._config.probes:
            self._change("closed")

    def _record_request(self, *, is_failure: bool) -> None:
        now = self._clock.monotonic()
        buckets = self._buckets
        if not buckets or now - buckets[-1].start >= self._span:
            buckets.append(_Bucket(now))
            while now - buckets[0].start >= self._config.window:
                buckets.popleft()
        buckets[-1].requests += 1
        if not is_failure:
            return
        buckets[-1].failures += 1
        requests = sum(bucket.requests for bucket in buckets)
        failures = sum(bucket.failures for bucket in buckets)
        if requests >= self._config.minimum_requests and failures >= requests * self._config.failure_rate:
            self._open()

    def _open(self) -> None:
        self._opened_at = self._clock.monotonic()
        self._change("open")

    def _change(self, state: CircuitState) -> None:
        change = CircuitChange(self._subgraph, self.state, state)
        self.state = state
        self._generation += 1
        self._probes = self._answered_probes = 0
        self._buckets.clear()
        log = _log.warning if state == "open" else _log.info
        log("subgraph.circuit_changed", subgraph=change.subgraph, before=change.before, after=change.after)
        if self._on_change is not None:
            self._on_change(change)
