"""A circuit breaker with the states closed, open and half-open."""

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
    """A change of state of a circuit."""

    subgraph: str
    before: CircuitState
    after: CircuitState


@dataclass(slots=True)
class _Bucket:
    """The requests in one part of the sliding window, which begins at `start`."""

    start: float
    requests: int = 0
    failures: int = 0


class CircuitBreaker:
    """The circuit of one subgraph.

    Closed: requests are sent and counted; too many failures open the circuit. Open: requests fail fast. Half-open: a
    few trial requests are sent, whose results close or open the circuit. `on_change` is called after each change.
    """

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
        self._trials = 0
        self._successful_trials = 0
        self._generation = 0

    def admit(self) -> int:
        """Admit a request; pass the number returned to `record` or `release` with its outcome.

        Raises SubgraphCircuitOpen.
        """
        if (
            self.state == "open"
            and self._clock.monotonic() - self._opened_at >= self._config.wait_duration_in_open_state
        ):
            self._change("half-open")
        if self.state == "open" or (
            self.state == "half-open" and self._trials >= self._config.permitted_requests_in_half_open_state
        ):
            raise describe_failure(
                self._subgraph, "failed too often; its circuit breaker is open", kind=SubgraphCircuitOpen
            )
        if self.state == "half-open":
            self._trials += 1
        return self._generation

    def record(self, admission: int, *, is_failure: bool) -> None:
        """Count the outcome of a request; one that was admitted in an earlier state is ignored."""
        if admission != self._generation:
            return
        if self.state == "half-open":
            self._trials -= 1
            self._record_trial(is_failure=is_failure)
        else:
            self._record_request(is_failure=is_failure)

    def release(self, admission: int) -> None:
        """A request that was admitted has no outcome, because its caller was cancelled."""
        if admission == self._generation and self.state == "half-open":
            self._trials -= 1

    def _record_trial(self, *, is_failure: bool) -> None:
        if is_failure:
            self._open()
            return
        self._successful_trials += 1
        if self._successful_trials >= self._config.permitted_requests_in_half_open_state:
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
        if requests >= self._config.minimum_requests and failures >= requests * self._config.failure_rate_threshold:
            self._open()

    def _open(self) -> None:
        self._opened_at = self._clock.monotonic()
        self._change("open")

    def _change(self, state: CircuitState) -> None:
        change = CircuitChange(self._subgraph, self.state, state)
        self.state = state
        self._generation += 1
        self._trials = self._successful_trials = 0
        self._buckets.clear()
        log = _log.warning if state == "open" else _log.info
        log("subgraph.circuit_changed", subgraph=change.subgraph, before=change.before, after=change.after)
        if self._on_change is not None:
            self._on_change(change)
