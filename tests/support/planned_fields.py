"""Every field that clients can reach, selected by the shortest way, and whether it can be planned."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)
from graphql.type import GraphQLArgument, GraphQLField, GraphQLInputField, GraphQLInputType

from entrepot.router.errors import OperationUnplannable
from entrepot.router.graph import build_graph
from entrepot.router.operation import normalize_operation, parse_document
from entrepot.router.planning import plan_operation
from entrepot.router.supergraph import read_supergraph

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


def find_unplannable_fields(supergraph_sdl: str) -> dict[str, str]:
    """Field -> the operation for it that has no plan."""
    supergraph = read_supergraph(supergraph_sdl)
    graph = build_graph(supergraph)
    found: dict[str, str] = {}
    for coordinate, text in operations_for_fields(supergraph.api_schema):
        operation = normalize_operation(supergraph, parse_document(text), None)
        try:
            plan_operation(graph, operation)
        except OperationUnplannable:
            found[coordinate] = text
    return found


def operations_for_fields(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """For each field that can be reached from a root, an operation that selects it by a shortest path."""
    roots = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    for word, root in roots.items():
        if root is not None:
            yield from _operations_below(schema, word, root)


def _operations_below(schema: GraphQLSchema, word: str, root: GraphQLObjectType) -> Iterator[tuple[str, str]]:
    waiting: deque[tuple[Composite, tuple[str, ...]]] = deque([(root, ())])
    seen: set[str] = {root.name}
    while waiting:
        parent, path = waiting.popleft()
        for name, field in getattr(parent, "fields", {}).items():
            step = name + _arguments(field)
            kind = get_named_type(field.type)
            yield f"{parent.name}.{name}", _print(word, (*path, step), is_leaf=is_leaf_type(kind))
            if is_composite_type(kind) and kind.name not in seen:
                seen.add(kind.name)
                waiting.append((kind, (*path, step)))
        if is_abstract_type(parent):
            for possible in schema.get_possible_types(parent):
                if possible.name not in seen:
                    seen.add(possible.name)
                    waiting.append((possible, (*path, f"... on {possible.name}")))


def _print(word: str, path: tuple[str, ...], *, is_leaf: bool) -> str:
    inner = "" if is_leaf else " { __typename }"
    for step in reversed(path):
        inner = f" {{ {step}{inner} }}"
    return word + inner


def _arguments(field: GraphQLField) -> str:
    given = [f"{name}: {_literal(each)}" for name, each in field.args.items() if is_required_argument(each)]
    return f"({', '.join(given)})" if given else ""


def _literal(value: GraphQLArgument | GraphQLInputField) -> str:
    return _value(value.type)


def _value(kind: GraphQLInputType) -> str:
    if is_non_null_type(kind):
        return _value(kind.of_type)
    if is_list_type(kind):
        return "[]"
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        required = [f"{name}: {_literal(each)}" for name, each in kind.fields.items() if is_required_input_field(each)]
        return "{" + ", ".join(required) + "}"
    return {"Int": "1", "Float": "1.5", "Boolean": "true"}.get(kind.name, '"x"')
