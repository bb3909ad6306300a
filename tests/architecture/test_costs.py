"""The graph says how long its lists are and what its mutations cost, and the limits of the shop fit its operations."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import pytest
from graphql import (
    DocumentNode,
    OperationDefinitionNode,
    get_named_type,
    is_composite_type,
    is_interface_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    parse,
)

from entrepot.router.config import load_config
from entrepot.router.operation import normalize_operation
from entrepot.router.pipeline.demand_control.cost_model import CostModel
from entrepot.router.pipeline.limits.measure import measure_document
from entrepot.router.supergraph import Supergraph, read_supergraph
from entrepot.wiring.dev_settings import build_config
from entrepot.wiring.protection import DEMAND, MAX_DEPTH
from tests.support.tree import ROOT

LONGEST: Final = 100
"""The longest page that a connection gives."""


@cache
def supergraph() -> Supergraph:
    return read_supergraph((ROOT / "schema" / "supergraph.graphql").read_text())


def find_lists() -> Iterator[tuple[tuple[str, str], Any]]:
    """The fields of the API schema that are lists of objects, by coordinate."""
    for kind in supergraph().api_schema.type_map.values():
        if (is_object_type(kind) or is_interface_type(kind)) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                inner: Any = field.type
                while is_non_null_type(inner):
                    inner = inner.of_type
                if is_list_type(inner) and is_composite_type(get_named_type(inner)):
                    yield (kind.name, name), field


def estimate(document: DocumentNode, name: str | None = None, **variables: Any) -> int:
    normalized = normalize_operation(supergraph(), document, name)
    cost = CostModel(supergraph(), DEMAND.weights).build_cost(normalized)
    return cost.estimate(variables, is_strict=True)


def read_operations() -> dict[str, tuple[DocumentNode, str]]:
    """The published operations, and those of the storefront with their fragments."""
    storefront = sorted((ROOT / "examples" / "storefront" / "src").rglob("*.graphql"))
    documents = [parse(path.read_text()) for path in sorted((ROOT / "schema" / "operations").glob("*.graphql"))]
    documents.append(parse("\n".join(path.read_text() for path in storefront)))
    found = {}
    for number, document in enumerate(documents):
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                assert node.name is not None
                found[f"{number}-{node.name.value}"] = (document, node.name.value)
    return found


OPERATIONS: Final = read_operations()


def nest(levels: int) -> str:
    """Products of the category of products, so many lists below each other."""
    inner = "id"
    for _ in range(levels - 1):
        inner = f"category {{ products(first: 100) {{ edges {{ node {{ {inner} }} }} }} }}"
    return f"{{ products(first: 100) {{ edges {{ node {{ {inner} }} }} }} }}"


class TestTheSchema:
    def test_every_list_of_objects_has_a_size(self) -> None:
        sizes = supergraph().demand.list_sizes
        sized = {
            (get_named_type(supergraph().api_schema.type_map[kind].fields[name].type).name, below)
            for (kind, name), size in sizes.items()
            for below in size.sized_fields
        }
        lists = dict(find_lists())
        assert ("Product", "variants") in lists
        assert [key for key in lists if key not in sizes and key not in sized] == []

    def test_every_connection_is_sliced_by_its_arguments(self) -> None:
        connections = [
            (kind.name, name)
            for kind in supergraph().api_schema.type_map.values()
            if is_object_type(kind) and not kind.name.startswith("__")
            for name, field in kind.fields.items()
            if {"first", "last"} <= set(field.args)
        ]
        assert ("Query", "products") in connections
        for key in connections:
            size = supergraph().demand.list_sizes[key]
            assert (set(size.slicing_arguments), list(size.sized_fields)) == ({"first", "last"}, ["edges"])
            assert (size.assumed_size, size.requires_one_slicing_argument) == (20, False)

    def test_every_mutation_costs_and_those_that_hash_passwords_cost_most(self) -> None:
        fields = supergraph().demand.fields
        mutation = supergraph().api_schema.mutation_type
        assert mutation is not None
        costs = {name: fields.get(("Mutation", name)) for name in mutation.fields}
        assert [name for name, cost in costs.items() if not cost] == []
        assert {name for name, cost in costs.items() if cost == 200} == {"register", "login", "changePassword"}


class TestEstimates:
    def test_a_page_costs_its_entries(self) -> None:
        # The connection is a statement of its own; an edge and a node per entry.
        assert estimate(parse("{ products(first: 100) { edges { node { id } } } }")) == 10 + 100 * 2
        assert estimate(parse("{ products { edges { node { id } } } }")) == 10 + 20 * 2

    def test_lists_in_lists_are_refused(self) -> None:
        assert estimate(parse(nest(1))) < DEMAND.max_cost
        assert estimate(parse(nest(2))) > DEMAND.max_cost
        assert estimate(parse(nest(3))) > 100 * DEMAND.max_cost
        # Short pages, but many of them: each is a statement.
        assert estimate(parse(nest(5).replace("100", "5"))) > DEMAND.max_cost

    @pytest.mark.parametrize("name", OPERATIONS)
    def test_own_operations_are_far_below_the_limits(self, name: str) -> None:
        document, operation = OPERATIONS[name]
        first = {"first": LONGEST // 2} if name.partition("-")[2] != "OrdersAcrossDomains" else {"first": 10}
        assert 0 < estimate(document, operation, **first) <= DEMAND.max_cost / 3
        assert max(size.depth for _, size in measure_document(document)) <= MAX_DEPTH / 2


class TestConfigurations:
    def test_dev_enforces_the_limits(self) -> None:
        config = build_config("127.0.0.1", 0, is_demo=False)
        assert (config.demand_control.mode, config.limits.max_depth) == ("enforce", MAX_DEPTH)

    def test_the_deployed_file_enforces_the_same_and_counts_what_clients_spend(self) -> None:
        path = ROOT / "deploy" / "router" / "router.yaml"
        environ = dict.fromkeys(find_names(path.read_text()), "given")
        config = load_config(path, environ)
        assert config.demand_control == DEMAND
        assert config.limits.max_depth == MAX_DEPTH
        rules = {(rule.by, rule.cost): rule.capacity for rule in config.rate_limits}
        assert rules.keys() == {(by, cost) for by in ("address", "identity") for cost in ("request", "estimated")}
        # The most expensive operation is affordable, several times.
        assert min(rules["address", "estimated"], rules["identity", "estimated"]) >= 10 * DEMAND.max_cost


def find_names(text: str) -> list[str]:
    """The variables of a file that have no default."""
    return [part.partition("}")[0] for part in text.split("${")[1:] if ":-" not in part.partition("}")[0]]
