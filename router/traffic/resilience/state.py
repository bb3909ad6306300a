"""State of traffic that survives a reload: counters per subgraph, and circuit breakers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from entrepot.router.config import CircuitBreakerConfig
from entrepot.router.traffic.resilience.circuit_breaker import CircuitBreaker
from entrepot.router.traffic.resilience.policy import SubgraphTraffic


class _KnownCircuit(NamedTuple):
    rules: CircuitBreakerConfig
    url: str
    circuit: CircuitBreaker


class TrafficState:
    """Shared by the transports before and after a reload; `counters` count since the start of the process."""

    def __init__(self) -> None:
        self.counters: dict[str, SubgraphTraffic] = {}
        self._circuits: dict[str, _KnownCircuit] = {}

    def find_circuit(
        self,
        subgraph: str,
        rules: CircuitBreakerConfig | None,
        url: str,
        build: Callable[[str, CircuitBreakerConfig], CircuitBreaker],
    ) -> CircuitBreaker | None:
        """The circuit breaker of the subgraph in its current state; None without `rules`.

        When the URL or the rules of the subgraph have changed, `build` makes a new one.
        """
        if rules is None:
            self._circuits.pop(subgraph, None)
            return None
        known = self._circuits.get(subgraph)
        if known is None or (known.rules, known.url) != (rules, url):
            known = self._circuits[subgraph] = _KnownCircuit(rules, url, build(subgraph, rules))
        return known.circuit
