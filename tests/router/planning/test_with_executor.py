"""The real executor reads plans as the planner means them: every planning case, through both."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import parse

from entrepot.router.execution import ExecutionRequest, compile_plan
from entrepot.router.graph import build_graph
from entrepot.router.operation import normalize_operation, parse_document
from entrepot.router.planning import plan_operation
from entrepot.router.supergraph import read_supergraph
from entrepot.router.web.streaming.incremental import IncrementalV02Encoder
from tests.support.deferring import merge_current, remove_defer, run_parts
from tests.support.planning_cases import PlanningCase, read_planning_cases
from tests.support.universe import Universe, transport_to

_CASES = [
    case
    for path in sorted((Path(__file__).parent / "cases").glob("*.txt"))
    for case in read_planning_cases(path)
    if case.plan is not None and not case.operation.startswith("subscription")
]


@pytest.mark.parametrize("case", _CASES, ids=str)
async def test_executed_plan_brings_the_true_data(case: PlanningCase) -> None:
    supergraph = read_supergraph(case.supergraph)
    operation = normalize_operation(supergraph, parse_document(case.operation), None)
    plan = plan_operation(build_graph(supergraph), operation, active_labels=case.labels)
    universe = Universe(supergraph, parse(case.supergraph), case.labels)
    request = ExecutionRequest(transport=transport_to(universe), variables=case.variables)
    compiled = compile_plan(plan, api_schema=supergraph.api_schema)
    true = universe.answer(remove_defer(case.operation), case.variables)
    if plan.deferred:
        encoder = IncrementalV02Encoder()
        assert merge_current(map(encoder.encode, await run_parts(compiled, request))) == true
        return
    result = await compiled.execute(request)
    assert result.errors == []
    assert result.data == true
