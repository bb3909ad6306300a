"""The promises of `plan_operation` that no single plan shows: determinism, the budget, what a refusal says."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import parse

from entrepot.router.errors import OperationUnplannable, PlanningBudgetSpent
from entrepot.router.graph import Graph, build_graph
from entrepot.router.operation import NormalizedOperation, normalize_operation, parse_document
from entrepot.router.plan import Fetch, Parallel, Sequence, plan_to_json, plan_to_mermaid, print_plan
from entrepot.router.planning import plan_operation
from entrepot.router.supergraph import Supergraph, read_supergraph
from tests.support.plan_runner import PlanRunner
from tests.support.planning_cases import read_planning_cases
from tests.support.universe import Universe

_CASES = Path(__file__).parent / "cases"
_WIDE = 12


def _wide_sdl() -> str:
    """Many subgraphs that could each resolve much of the same type: more covers than can be compared."""
    names = [f"G{index:02}" for index in range(_WIDE)]
    graphs = " ".join(f'{name} @join__graph(name: "{name.lower()}", url: "")' for name in names)
    keyed = " ".join(f'@join__type(graph: {name}, key: "id")' for name in names)
    plain = " ".join(f"@join__type(graph: {name})" for name in names)
    fields = " ".join(
        f"f{index}: Int @join__field(graph: {names[index]}) @join__field(graph: {names[(index * 5 + 2) % _WIDE]})"
        for index in range(_WIDE)
    )
    return f"""
        schema @link(url: "https://specs.apollo.dev/link/v1.0")
               @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION) {{ query: Query }}
        enum join__Graph {{ {graphs} }}
        type Query {plain} {{ thing: Thing }}
        type Thing {keyed} {{ id: ID! next: Thing {fields} }}
    """


@pytest.fixture(scope="module")
def wide() -> tuple[Supergraph, Graph, NormalizedOperation]:
    supergraph = read_supergraph(_wide_sdl())
    fields = " ".join(f"f{index}" for index in range(_WIDE))
    query = f"{{ thing {{ {fields} next {{ {fields} next {{ {fields} }} }} }} }}"
    return supergraph, build_graph(supergraph), normalize_operation(supergraph, parse_document(query), None)


class TestBudget:
    def test_a_spent_search_gives_way_to_a_greedy_plan_with_the_same_data(
        self, wide: tuple[Supergraph, Graph, NormalizedOperation]
    ) -> None:
        supergraph, graph, operation = wide
        full = plan_operation(graph, operation)
        greedy = plan_operation(graph, operation, budget=1_000)
        universe = Universe(supergraph, parse(_wide_sdl()))
        best, quick = PlanRunner(full, universe.ask), PlanRunner(greedy, universe.ask)
        assert best.run() == quick.run()
        assert len(best.asked) <= len(quick.asked)

    def test_no_plan_within_the_budget_is_refused(self, wide: tuple[Supergraph, Graph, NormalizedOperation]) -> None:
        _, graph, operation = wide
        with pytest.raises(PlanningBudgetSpent) as refusal:
            plan_operation(graph, operation, budget=20)
        assert refusal.value.code == "QUERY_PLAN_TOO_COMPLEX"

    def test_an_operation_that_nests_too_deeply_is_refused(
        self, wide: tuple[Supergraph, Graph, NormalizedOperation]
    ) -> None:
        supergraph, graph, _ = wide
        query = "{ thing {" + "next {" * 150 + "f0" + "}" * 150 + "} }"
        operation = normalize_operation(supergraph, parse_document(query), None)
        with pytest.raises(PlanningBudgetSpent):
            plan_operation(graph, operation)


class TestDeterminism:
    def test_equal_operations_have_equal_plans_whatever_was_planned_before(self) -> None:
        for path in sorted(_CASES.glob("*.txt")):
            cases = [case for case in read_planning_cases(path) if case.plan is not None]
            if not cases:
                continue
            supergraph = read_supergraph(cases[0].supergraph)
            shared = build_graph(supergraph)
            for case in reversed(cases):
                operation = normalize_operation(supergraph, parse_document(case.operation), None)
                first = plan_operation(shared, operation, active_labels=case.labels)
                again = plan_operation(build_graph(supergraph), operation, active_labels=case.labels)
                assert first == again, str(case)


class TestRefusal:
    def test_it_names_the_field_and_carries_the_code(self) -> None:
        (case,) = read_planning_cases(_CASES / "unplannable.txt")
        supergraph = read_supergraph(case.supergraph)
        operation = normalize_operation(supergraph, parse_document(case.operation), None)
        with pytest.raises(OperationUnplannable) as refusal:
            plan_operation(build_graph(supergraph), operation)
        assert refusal.value.to_graphql()["extensions"] == {"code": "OPERATION_UNPLANNABLE"}
        assert "Query.item" in refusal.value.message


class TestFetches:
    def test_the_clients_variables_and_names_are_kept_apart_from_ours(self) -> None:
        case = read_planning_cases(_CASES / "keys.txt")[0]
        supergraph = read_supergraph(case.supergraph.replace("price: Int", "price(in: String): Int"))
        query = "query Shop($representations: String!) { products { price(in: $representations) } }"
        plan = plan_operation(build_graph(supergraph), normalize_operation(supergraph, parse_document(query), None))
        assert isinstance(plan.root, Sequence)
        fetch = plan.root.steps[1]
        assert isinstance(fetch, Fetch)
        assert (fetch.operation_name, fetch.variables) == ("Shop__b__1", ("representations",))
        assert fetch.entities[0].variable == "_representations"
        assert fetch.operation.startswith("query Shop__b__1($_representations: [_Any!]!, $representations: String!)")

    def test_fetches_are_numbered_as_they_are_written(self) -> None:
        case = read_planning_cases(_CASES / "shareable.txt")[0]
        supergraph = read_supergraph(case.supergraph)
        operation = normalize_operation(supergraph, parse_document(case.operation), None)
        plan = plan_operation(build_graph(supergraph), operation)
        assert isinstance(plan.root, Parallel)
        assert [step.id for step in plan.root.steps if isinstance(step, Fetch)] == [0, 1]


class TestPrinters:
    def test_json_and_diagram_tell_what_the_text_tells(self) -> None:
        case = read_planning_cases(_CASES / "merging.txt")[0]
        supergraph = read_supergraph(case.supergraph)
        operation = normalize_operation(supergraph, parse_document(case.operation), None)
        plan = plan_operation(build_graph(supergraph), operation)
        data = plan_to_json(plan)
        assert [step["subgraph"] for step in data["root"]["steps"]] == ["a", "b"]
        assert data["root"]["steps"][1]["entities"][0] == {
            "alias": "_entities",
            "variable": "representations",
            "paths": ["left", "right"],
            "representations": [{"types": None, "typename": "Item", "fields": "id", "keys": ["id"]}],
            "conditions": [],
        }
        assert plan_to_mermaid(plan) == (
            'flowchart TD\n  fetch0["0: a"]\n  fetch1["1: b<br/>left<br/>right"]\n  fetch0 --> fetch1\n'
        )
        assert print_plan(plan).startswith("QueryPlan {\n  Sequence {\n")
