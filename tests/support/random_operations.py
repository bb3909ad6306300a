"""Random valid operations for a schema, from a seed."""

from __future__ import annotations

from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
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
)

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


def random_query(schema: GraphQLSchema, random: Random, depth: int = 4) -> str:
    """A query that selects some of the root fields, and below each some of what is there, fragments included."""
    assert schema.query_type is not None
    fields = _selection(schema, schema.query_type, random, depth)
    marks = "always: __typename @include(if: $on) never: __typename @include(if: $off)"
    return f"query ($on: Boolean!, $off: Boolean!) {{ __typename {fields} {marks} }}"


def _selection(schema: GraphQLSchema, kind: Composite, random: Random, depth: int) -> str:
    parts: list[str] = []
    if not isinstance(kind, GraphQLUnionType):
        for name, item in kind.fields.items():
            if random.random() < 0.7:
                part = _field(schema, name, item, random, depth)
                if part:
                    parts.append(part)
    if is_abstract_type(kind):
        for possible in schema.get_possible_types(kind):
            if random.random() < 0.5:
                inner = _selection(schema, possible, random, depth)
                parts.append(f"... on {possible.name}{_condition(random)} {{ {inner} }}")
        if random.random() < 0.5:
            parts.append("__typename")
    random.shuffle(parts)
    return " ".join(parts) or "__typename"


def _field(schema: GraphQLSchema, name: str, item: GraphQLField, random: Random, depth: int) -> str | None:
    arguments: list[str] = []
    for key, argument in item.args.items():
        if is_required_argument(argument) or random.random() < 0.3:
            arguments.append(f"{key}: {_literal(argument.type, random)}")
    head = f"{name}({', '.join(arguments)})" if arguments else name
    # An alias made of field and arguments never meets another field of the same key.
    if arguments:
        head = f"{name}_{_slug(arguments)}: {head}"
    kind = get_named_type(item.type)
    if is_leaf_type(kind):
        return f"{head}{_condition(random)}"
    if depth <= 0 or not is_composite_type(kind):
        return None
    return f"{head}{_condition(random)} {{ {_selection(schema, kind, random, depth - 1)} }}"


def _slug(arguments: list[str]) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in "_".join(arguments))


def _condition(random: Random) -> str:
    return random.choice(["", "", "", "", "", " @include(if: $on)", " @skip(if: $off)", " @include(if: $off)"])


def _literal(kind: Any, random: Random) -> str:
    if is_non_null_type(kind):
        return _literal(kind.of_type, random)
    if is_list_type(kind):
        return f"[{_literal(kind.of_type, random)}]"
    if isinstance(kind, GraphQLEnumType):
        return str(next(iter(kind.values)))
    if isinstance(kind, GraphQLInputObjectType):
        required = [(key, item) for key, item in kind.fields.items() if is_non_null_type(item.type)]
        return "{" + ", ".join(f"{key}: {_literal(item.type, random)}" for key, item in required) + "}"
    name = getattr(kind, "name", "String")
    literals = {"Int": "1", "Float": "1.5", "Boolean": "true"}
    return literals.get(name, '"x"')
