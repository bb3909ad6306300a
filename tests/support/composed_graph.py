"""Subgraphs given as SDL and data: composed, planned and executed as the router does it, and strict as real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrepot.router.composition import SubgraphSchema, compose
from entrepot.router.execution import AsgiTransport, CompiledPlan, ExecutionRequest, ExecutionResult, compile_plan
from entrepot.router.graph import build_graph
from entrepot.router.operation import normalize_operation, parse_document
from entrepot.router.plan import QueryPlan
from entrepot.router.planning import plan_operation
from entrepot.router.supergraph import read_supergraph
from tests.support.composition import link
from tests.support.memory_subgraph import MemorySubgraph


class ComposedGraph:
    """A supergraph of these subgraphs, whose SDL needs no `@link`; each refuses what is not valid for it."""

    def __init__(self, *subgraphs: MemorySubgraph) -> None:
        self.subgraphs = {item.name: item for item in subgraphs}
        sources = [SubgraphSchema(item.name, f"http://{item.name}", link() + item.sdl) for item in subgraphs]
        composed = compose(sources)
        assert composed.supergraph_sdl is not None, composed.errors
        self.sdl = composed.supergraph_sdl
        self.supergraph = read_supergraph(self.sdl)
        self.graph = build_graph(self.supergraph)

    def plan(self, query: str) -> QueryPlan:
        return plan_operation(self.graph, normalize_operation(self.supergraph, parse_document(query), None))

    def compile(self, query: str) -> CompiledPlan:
        return compile_plan(self.plan(query), api_schema=self.supergraph.api_schema)

    async def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> ExecutionResult:
        return await self.compile(query).execute(self.request(variables))

    def request(self, variables: Mapping[str, Any] | None = None) -> ExecutionRequest:
        """`variables` are taken as coerced, so that defaults belong to them."""
        return ExecutionRequest(
            transport=AsgiTransport(dict(self.subgraphs)),
            variables=variables or {},
            urls={name: f"http://{name}" for name in self.subgraphs},
        )

    def list_requests(self, subgraph: str) -> list[str]:
        """The operations that the subgraph was sent so far."""
        return [request["query"] for request in self.subgraphs[subgraph].requests]

    def forget_requests(self) -> None:
        for item in self.subgraphs.values():
            item.requests.clear()
