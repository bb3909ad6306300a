"""The layer between execution and the transport that applies the traffic policy of each subgraph."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping

from entrepot.router.config import CircuitBreakerConfig, TrafficConfig
from entrepot.router.execution import SubgraphRequest, SubgraphTransport
from entrepot.router.traffic.encodings import check_encodings
from entrepot.router.traffic.resilience.circuit_breaker import CircuitBreaker, CircuitChange
from entrepot.router.traffic.resilience.deduplication import InFlightReads
from entrepot.router.traffic.resilience.policy import Reply, SubgraphPolicy, SubgraphTraffic
from entrepot.router.traffic.resilience.state import TrafficState
from entrepot.router.traffic.settings import resolve_settings
from entrepot.shared.clock import Clock
from entrepot.shared.randomness import Randomness


class TrafficTransport:
    """A transport with the timeouts, retries, deduplication and limits of `config`; streams pass through.

    `default_timeout` applies to subgraphs without a configured timeout. `state` survives reloads: circuits are taken
    over for subgraphs whose URL in `urls` has not changed. Raises ConfigurationInvalid for an encoding that cannot be
    decompressed.
    """

    def __init__(
        self,
        transport: SubgraphTransport,
        config: TrafficConfig,
        *,
        default_timeout: float,
        clock: Clock,
        randomness: Randomness,
        on_circuit_change: Callable[[CircuitChange], None] | None = None,
        state: TrafficState | None = None,
        urls: Mapping[str, str] | None = None,
    ) -> None:
        self._transport = transport
        in_flight = InFlightReads()
        state, urls = state or TrafficState(), urls or {}

        def build_circuit(subgraph: str, rules: CircuitBreakerConfig) -> CircuitBreaker:
            return CircuitBreaker(subgraph, rules, clock, on_circuit_change)

        def build(subgraph: str) -> SubgraphPolicy:
            settings = resolve_settings(config, subgraph, default_timeout)
            circuit = state.find_circuit(subgraph, settings.circuit_breaker, urls.get(subgraph, ""), build_circuit)
            traffic = state.counters.setdefault(subgraph, SubgraphTraffic())
            return SubgraphPolicy(subgraph, settings, transport, in_flight, clock, randomness, circuit, traffic)

        self._build = build
        # An invalid policy for all subgraphs is refused at the start, not at the first request.
        check_encodings(config.all.accept_encodings or ())
        known = [subgraph for subgraph in state.counters if subgraph in urls]
        self._policies = {subgraph: build(subgraph) for subgraph in (*config.subgraphs, *known)}

    def send(self, request: SubgraphRequest) -> Reply:
        policy = self._policies.get(request.subgraph)
        if policy is None:
            policy = self._policies[request.subgraph] = self._build(request.subgraph)
        return policy.send(request)

    def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        return self._transport.stream(request)

    def report(self) -> Mapping[str, SubgraphTraffic]:
        """The counters of each subgraph that was used or is configured, by name."""
        return {name: policy.report() for name, policy in self._policies.items()}
