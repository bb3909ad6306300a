"""The one layer between execution and the transport, which asks each subgraph by a policy of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping

from entrepot.router.config import CircuitBreakerConfig, TrafficConfig
from entrepot.router.execution import SubgraphRequest, SubgraphTransport
from entrepot.router.traffic.encodings import check_encodings
from entrepot.router.traffic.resilience.circuit_breaker import CircuitBreaker, CircuitChange
from entrepot.router.traffic.resilience.deduplication import Flights
from entrepot.router.traffic.resilience.policy import Reply, SubgraphPolicy, SubgraphTraffic
from entrepot.router.traffic.resilience.state import TrafficMemory
from entrepot.router.traffic.settings import resolve_settings
from entrepot.shared.clock import Clock
from entrepot.shared.randomness import Randomness


class TrafficTransport:
    """Another transport, whose requests are bounded, shared, asked again and held back as `config` says.

    `default_timeout` is for subgraphs whose timeout is not configured. Streams are left to last. What `memory` holds of
    subgraphs that are still at the same of `urls` is taken up. Raises ConfigurationInvalid for an encoding that cannot
    be unpacked here.
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
        memory: TrafficMemory | None = None,
        urls: Mapping[str, str] | None = None,
    ) -> None:
        self._transport = transport
        flights = Flights()
        memory, urls = memory or TrafficMemory(), urls or {}

        def build_circuit(subgraph: str, rules: CircuitBreakerConfig) -> CircuitBreaker:
            return CircuitBreaker(subgraph, rules, clock, on_circuit_change)

        def build(subgraph: str) -> SubgraphPolicy:
            settings = resolve_settings(config, subgraph, default_timeout)
            circuit = memory.find_circuit(subgraph, settings.circuit_breaker, urls.get(subgraph, ""), build_circuit)
            traffic = memory.counters.setdefault(subgraph, SubgraphTraffic())
            return SubgraphPolicy(subgraph, settings, transport, flights, clock, randomness, circuit, traffic)

        self._build = build
        # Whatever is wrong with what holds for all is told at the start, not at the first request.
        check_encodings(config.all.accept_encodings or ())
        known = [subgraph for subgraph in memory.counters if subgraph in urls]
        self._policies = {subgraph: build(subgraph) for subgraph in (*config.subgraphs, *known)}

    def send(self, request: SubgraphRequest) -> Reply:
        policy = self._policies.get(request.subgraph)
        if policy is None:
            policy = self._policies[request.subgraph] = self._build(request.subgraph)
        return policy.send(request)

    def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        return self._transport.stream(request)

    def report(self) -> Mapping[str, SubgraphTraffic]:
        """What happened at each subgraph that was asked or is configured, by its name."""
        return {name: policy.report() for name, policy in self._policies.items()}
