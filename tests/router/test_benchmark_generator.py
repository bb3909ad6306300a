"""What the engine's benchmark measures on: the promised properties, without a clock."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from graphql import InterfaceTypeDefinitionNode, ObjectTypeDefinitionNode, parse, validate

from benchmarks.engine.generator import generate_subgraphs
from benchmarks.engine.operations import build_hostile_operation, build_wide_operation
from entrepot.router.composition import SubgraphSchema, compose
from entrepot.router.errors import PlanningBudgetSpent
from entrepot.router.graph import build_graph
from entrepot.router.operation import normalize_operation, parse_document
from entrepot.router.planning import plan_operation
from entrepot.router.selection import Field, SelectionSet
from entrepot.router.supergraph import Supergraph, read_supergraph

_COMPOSITE = ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode


def _types(subgraph: SubgraphSchema) -> dict[str, int]:
    """The fields of each object and interface type beside Query."""
    nodes = [node for node in parse(subgraph.sdl).definitions if isinstance(node, _COMPOSITE)]
    return {node.name.value: len(node.fields or ()) for node in nodes if node.name.value != "Query"}


def _count(selections: SelectionSet) -> int:
    return sum(isinstance(item, Field) + _count(item.selections) for item in selections)


@pytest.fixture(scope="module")
def subgraphs() -> tuple[SubgraphSchema, ...]:
    return generate_subgraphs(subgraphs=6, types=24)


@pytest.fixture(scope="module")
def supergraph(subgraphs: tuple[SubgraphSchema, ...]) -> Supergraph:
    result = compose(subgraphs)
    assert result.errors == ()
    assert result.supergraph_sdl is not None
    return read_supergraph(result.supergraph_sdl)


class TestSubgraphs:
    def test_sizes_are_those_asked_for(self) -> None:
        made = [_types(subgraph) for subgraph in generate_subgraphs()]
        assert [len(types) for types in made] == [40] * 15
        assert min(count for types in made for count in types.values()) >= 8

    def test_a_third_of_the_types_is_in_three_or_more_subgraphs(self) -> None:
        spread = Counter(name for subgraph in generate_subgraphs() for name in _types(subgraph))
        assert 3 * sum(places >= 3 for places in spread.values()) >= len(spread)

    def test_every_subgraph_has_requirements_and_some_have_interfaces(
        self, subgraphs: tuple[SubgraphSchema, ...]
    ) -> None:
        assert all("@requires(" in subgraph.sdl for subgraph in subgraphs)
        assert sum(" implements " in subgraph.sdl for subgraph in subgraphs) > 1

    def test_the_seed_decides(self, subgraphs: tuple[SubgraphSchema, ...]) -> None:
        assert generate_subgraphs(subgraphs=6, types=24) == subgraphs
        assert generate_subgraphs(subgraphs=6, types=24, seed=1) != subgraphs

    @pytest.mark.parametrize(("count", "types", "fields"), [(3, 12, 6), (5, 17, 9), (4, 30, 20)])
    def test_any_size_composes(self, count: int, types: int, fields: int) -> None:
        made = generate_subgraphs(subgraphs=count, types=types, fields=fields, seed=count)
        assert compose(made).errors == ()
        assert all(len(_types(subgraph)) == types for subgraph in made)

    def test_too_small_a_size_is_refused(self) -> None:
        with pytest.raises(ValueError, match="three subgraphs"):
            generate_subgraphs(subgraphs=2)


class TestOperations:
    def test_the_wide_operation_has_exactly_its_fields_and_is_planned(self, supergraph: Supergraph) -> None:
        document = parse_document(build_wide_operation(supergraph.api_schema, 200, Random(1)))
        assert validate(supergraph.api_schema, document) == []
        operation = normalize_operation(supergraph, document, None)
        assert _count(operation.selections) == 200
        assert plan_operation(build_graph(supergraph), operation).root is not None

    def test_the_hostile_operation_is_one_that_a_client_may_send(self, supergraph: Supergraph) -> None:
        text = build_hostile_operation(supergraph.api_schema, depth=5, aliases=20)
        assert validate(supergraph.api_schema, parse_document(text)) == []

    def test_nested_interfaces_are_refused_by_the_budget(self, supergraph: Supergraph) -> None:
        text = build_hostile_operation(supergraph.api_schema, depth=40, aliases=1)
        operation = normalize_operation(supergraph, parse_document(text), None)
        with pytest.raises(PlanningBudgetSpent):
            plan_operation(build_graph(supergraph), operation, 20_000)
