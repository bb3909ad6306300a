"""What is known of subgraphs whatever becomes of the configuration: what happened at them, how their circuits are."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from entrepot.router.config import CircuitBreakerConfig
from entrepot.router.traffic.resilience.circuit_breaker import CircuitBreaker
from entrepot.router.traffic.resilience.policy import SubgraphTraffic


class _Known(NamedTuple):
    rules: CircuitBreakerConfig
    url: str
    circuit: CircuitBreaker


class TrafficMemory:
    """Shared by the transports before and after a reload; `counters` count since the start, by subgraph."""

    def __init__(self) -> None:
        self.counters: dict[str, SubgraphTraffic] = {}
        self._circuits: dict[str, _Known] = {}

    def find_circuit(
        self,
        subgraph: str,
        rules: CircuitBreakerConfig | None,
        url: str,
        build: Callable[[str, CircuitBreakerConfig], CircuitBreaker],
    ) -> CircuitBreaker | None:
        """The circuit of the subgraph, in the state that it is in; None without `rules`.

        It is a new one, made by `build`, when the subgraph is elsewhere now, or other rules hold for it.
        """
        if rules is None:
            self._circuits.pop(subgraph, None)
            return None
        known = self._circuits.get(subgraph)
        if known is None or (known.rules, known.url) != (rules, url):
            known = self._circuits[subgraph] = _Known(rules, url, build(subgraph, rules))
        return known.circuit
