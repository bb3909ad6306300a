"""The one layer between execution and the transport, which asks each subgraph by a policy of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping

from router.config import TrafficConfig
from router.execution import SubgraphRequest, SubgraphTransport
from router.traffic.circuit import CircuitChange
from router.traffic.flights import Flights
from router.traffic.policy import Reply, SubgraphPolicy, SubgraphTraffic
from router.traffic.settings import resolve_settings
from shared.clock import Clock
from shared.randomness import Randomness


class TrafficTransport:
    """Another transport, whose requests are bounded, shared, asked again and held back as `config` says.

    `default_timeout` is for subgraphs whose timeout is not configured. Streams are left to last. Raises
    ConfigurationInvalid for an encoding that cannot be unpacked here.
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
    ) -> None:
        self._transport = transport
        flights = Flights()

        def build(subgraph: str) -> SubgraphPolicy:
            settings = resolve_settings(config, subgraph, default_timeout)
            return SubgraphPolicy(subgraph, settings, transport, flights, clock, randomness, on_circuit_change)

        self._build = build
        self._policies = {subgraph: build(subgraph) for subgraph in config.subgraphs}
        if config.all.accept_encodings:
            # Whatever is wrong with what holds for all is told at the start, not at the first request.
            build("")

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
