"""The real executor reads plans as the planner means them: every planning case, through both."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from graphql import parse

from entrepot.router.execution import ExecutionRequest, SubgraphRequest, SubgraphResponse, compile_plan
from entrepot.router.graph import build_graph
from entrepot.router.operation import normalize_operation, parse_document
from entrepot.router.planning import plan_operation
from entrepot.router.supergraph import read_supergraph
from entrepot.router.web.streaming.incremental import IncrementalV02Encoder
from tests.support.deferring import merge_current, remove_defer, run_parts
from tests.support.planning_cases import PlanningCase, read_planning_cases
from tests.support.universe import Universe

_CASES = [
    case
    for path in sorted((Path(__file__).parent / "cases").glob("*.txt"))
    for case in read_planning_cases(path)
    if case.plan is not None and not case.operation.startswith("subscription")
]


class _UniverseTransport:
    """Subgraphs of a universe, asked without a network."""

    def __init__(self, universe: Universe) -> None:
        self.universe = universe

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        body = json.loads(request.body)
        data = self.universe.ask(request.subgraph, body["query"], body.get("variables") or {})
        return SubgraphResponse(200, {"content-type": "application/json"}, json.dumps({"data": data}).encode())

    async def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        yield (await self.send(request)).body


@pytest.mark.parametrize("case", _CASES, ids=str)
async def test_executed_plan_brings_the_true_data(case: PlanningCase) -> None:
    supergraph = read_supergraph(case.supergraph)
    operation = normalize_operation(supergraph, parse_document(case.operation), None)
    plan = plan_operation(build_graph(supergraph), operation, active_labels=case.labels)
    universe = Universe(supergraph, parse(case.supergraph), case.labels)
    request = ExecutionRequest(transport=_UniverseTransport(universe), variables=case.variables)
    compiled = compile_plan(plan, api_schema=supergraph.api_schema)
    true = universe.answer(remove_defer(case.operation), case.variables)
    if plan.deferred:
        encoder = IncrementalV02Encoder()
        assert merge_current(map(encoder.encode, await run_parts(compiled, request))) == true
        return
    result = await compiled.execute(request)
    assert result.errors == []
    assert result.data == true
