"""Every planning case: the plan as text, and the data that it brings."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import parse, validate

from entrepot.router.errors import OperationUnplannable
from entrepot.router.graph import build_graph
from entrepot.router.operation import normalize_operation, parse_document
from entrepot.router.plan import print_plan
from entrepot.router.planning import plan_operation
from entrepot.router.supergraph import read_supergraph
from tests.support.deferring import remove_defer
from tests.support.plan_runner import PlanRunner
from tests.support.planning_cases import PlanningCase, read_planning_cases
from tests.support.universe import Universe

_CASES = [
    case for path in sorted((Path(__file__).parent / "cases").glob("*.txt")) for case in read_planning_cases(path)
]


@pytest.mark.parametrize("case", _CASES, ids=str)
def test_plan_is_as_written_and_brings_the_true_data(case: PlanningCase) -> None:
    supergraph = read_supergraph(case.supergraph)
    document = parse_document(case.operation)
    assert validate(supergraph.api_schema, document) == []
    operation = normalize_operation(supergraph, document, None)
    graph = build_graph(supergraph)
    if case.refused is not None:
        with pytest.raises(OperationUnplannable) as refusal:
            plan_operation(graph, operation)
        assert str(refusal.value) == case.refused
        return
    plan = plan_operation(graph, operation, active_labels=case.labels)
    assert print_plan(plan).strip() == case.plan
    universe = Universe(supergraph, parse(case.supergraph), case.labels)
    local = {field.key for field in plan.introspection}
    true = {
        key: value
        for key, value in universe.answer(remove_defer(case.operation), case.variables).items()
        if key not in local
    }
    assert PlanRunner(plan, universe.ask, case.variables).run() == true
