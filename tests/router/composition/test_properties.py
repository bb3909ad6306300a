"""What holds for whatever is composed: order does not matter, and what is accepted can be planned."""

from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random

import pytest
from graphql import build_schema

from benchmarks.engine.generator import generate_subgraphs
from entrepot.router.composition import SubgraphSchema, compose
from tests.support.composition import supergraph_of
from tests.support.composition_mutations.campaign import Case, mutations_of
from tests.support.differential.random_split import build_split
from tests.support.differential.split import print_subgraph
from tests.support.planned_fields import find_unplannable_fields, operations_for_fields

_SPLITS = range(4)
_LONG_SPLITS = range(100, 250)
_MUTATIONS = 40
_LONG_MUTATIONS = 2_000
_ORDERS = 2


def _cases() -> list[Case]:
    folder = os.environ.get("CONFORMANCE_DIR")
    if folder is None:
        return []
    lines = (Path(folder) / "composition" / "cases.jsonl").read_text().splitlines()
    written = [json.loads(line) for line in lines]
    return [
        Case(each["id"], tuple(SubgraphSchema(one["name"], one["url"], one["sdl"]) for one in each["subgraphs"]))
        for each in written
    ]


CASES = _cases()
needs_cases = pytest.mark.skipif(
    not CASES, reason="set CONFORMANCE_DIR to the folder of the conformance data to compose the public cases"
)


def _split_of(seed: int) -> list[SubgraphSchema]:
    split = build_split(seed)
    return [SubgraphSchema(graph, f"http://{graph}", print_subgraph(split, graph)) for graph in split.graphs]


def _check_orders(subgraphs: list[SubgraphSchema], random: Random) -> None:
    expected = compose(subgraphs)
    for _ in range(_ORDERS):
        shuffled = random.sample(subgraphs, len(subgraphs))
        assert compose(shuffled) == expected, [each.name for each in shuffled]


def _check_plans(name: str, subgraphs: list[SubgraphSchema]) -> bool:
    """Whether the subgraphs compose; if they do, each field must have a plan."""
    supergraph = compose(subgraphs).supergraph_sdl
    if supergraph is not None:
        assert find_unplannable_fields(supergraph) == {}, name
    return supergraph is not None


class TestOrder:
    @pytest.mark.parametrize("seed", _SPLITS)
    def test_of_random_supergraphs_does_not_matter(self, seed: int) -> None:
        _check_orders(_split_of(seed), Random(seed))

    def test_of_a_large_graph_does_not_matter(self) -> None:
        _check_orders(list(generate_subgraphs(subgraphs=3, types=12)), Random(1))

    @needs_cases
    def test_of_mutated_cases_does_not_matter(self) -> None:
        random = Random(2)
        for _, _, subgraphs in mutations_of(CASES, "order", _MUTATIONS):
            _check_orders(subgraphs, random)

    @pytest.mark.long
    @needs_cases
    def test_of_many_mutated_cases_does_not_matter(self) -> None:
        random = Random(3)
        for _, _, subgraphs in mutations_of(CASES, "orders", _LONG_MUTATIONS):
            _check_orders(subgraphs, random)


class TestPlans:
    @needs_cases
    def test_each_field_of_an_accepted_case_is_planned(self) -> None:
        composed = sum(_check_plans(case.id, list(case.subgraphs)) for case in CASES)
        assert composed >= 200

    @pytest.mark.parametrize("seed", _SPLITS)
    def test_each_field_of_a_random_supergraph_is_planned(self, seed: int) -> None:
        assert _check_plans(f"split {seed}", _split_of(seed))

    def test_each_field_of_a_large_graph_is_planned(self) -> None:
        assert _check_plans("generated", list(generate_subgraphs(subgraphs=3, types=12)))

    def test_a_requirement_comes_back_by_a_key_that_is_gathered_elsewhere(self) -> None:
        """`b` knows `three` from others only; with what `a` says of the item, `b` is entered again."""
        composed = supergraph_of(
            a="""type Item @key(fields: "id") { id: ID! code: Code! @shareable name: String! }
                 type Code @shareable { two: ID! three: ID! }""",
            b="""type Query { item: Item }
                 type Item @key(fields: "id", resolvable: false) @key(fields: "id code { two three }") {
                     id: ID! code: Code! @shareable name: String! @external label: String! @requires(fields: "name") }
                 type Code @shareable { two: ID! three: ID! @external }""",
        )
        assert find_unplannable_fields(composed) == {}

    @pytest.mark.long
    def test_each_field_of_many_random_supergraphs_is_planned(self) -> None:
        composed = sum(_check_plans(f"split {seed}", _split_of(seed)) for seed in _LONG_SPLITS)
        assert composed >= len(_LONG_SPLITS) * 0.95

    @pytest.mark.long
    @needs_cases
    def test_each_field_of_an_accepted_mutation_is_planned(self) -> None:
        composed = sum(
            _check_plans(name, subgraphs) for name, _, subgraphs in mutations_of(CASES, "plans", _LONG_MUTATIONS)
        )
        assert composed >= _LONG_MUTATIONS * 0.2


class TestOperations:
    """The operations that the property above stands on."""

    def test_each_field_is_selected_once_by_its_shortest_path(self) -> None:
        schema = build_schema(
            "type Query { a: A n(of: I!): N } type A { id: ID deep: A u: U } interface N { id: ID } union U = B | A "
            "type B implements N { id: ID more: Int } input I { e: [E!]! f: E! } enum E { X }"
        )
        assert dict(operations_for_fields(schema)) == {
            "Query.a": "query { a { __typename } }",
            "Query.n": "query { n(of: {e: [], f: X}) { __typename } }",
            "A.id": "query { a { id } }",
            "A.deep": "query { a { deep { __typename } } }",
            "A.u": "query { a { u { __typename } } }",
            "N.id": "query { n(of: {e: [], f: X}) { id } }",
            "B.id": "query { n(of: {e: [], f: X}) { ... on B { id } } }",
            "B.more": "query { n(of: {e: [], f: X}) { ... on B { more } } }",
        }

    def test_a_field_without_a_plan_is_found(self) -> None:
        composed = supergraph_of(
            a='type Query { t: T } type T @key(fields: "id") { id: ID! x: Int }',
            b='type T @key(fields: "id") { id: ID! y: Int }',
        )
        assert find_unplannable_fields(composed) == {}
        cut = composed.replace('@join__type(graph: B, key: "id")', "@join__type(graph: B)")
        assert find_unplannable_fields(cut) == {"T.y": "query { t { y } }"}
