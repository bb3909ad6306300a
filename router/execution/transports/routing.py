"""Several transports as one: chosen by the subgraph's name, else by the scheme of its URL."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

from entrepot.router.execution.transports.subgraph_client import (
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTransport,
    describe_failure,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingTransport:
    """`by_subgraph` precedes `by_scheme` (`http`, `https`, or whatever a composition root calls its own)."""

    by_subgraph: Mapping[str, SubgraphTransport] = field(default_factory=dict)
    by_scheme: Mapping[str, SubgraphTransport] = field(default_factory=dict)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        return await self._choose(request).send(request)

    async def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        async with aclosing(self._choose(request).stream(request)) as events:
            async for event in events:
                yield event

    def _choose(self, request: SubgraphRequest) -> SubgraphTransport:
        transport = self.by_subgraph.get(request.subgraph)
        if transport is None:
            transport = self.by_scheme.get(request.url.partition(":")[0])
        if transport is None:
            raise describe_failure(request.subgraph, "has an address that no transport can reach", is_transient=False)
        return transport
