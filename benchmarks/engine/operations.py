"""Operations over a generated supergraph: one of an exact number of fields, and one that means harm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import TypeVar

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_list_type,
)

_LEAVES = 5
_BRANCHES = 2
_DEPTH = 5
_FIELDS_A_ROOT = 40

Composite = GraphQLObjectType | GraphQLInterfaceType
Item = TypeVar("Item")


def build_wide_operation(schema: GraphQLSchema, fields: int, random: Random) -> str:
    """A query of exactly `fields` fields under several roots: leaves, objects, members of interfaces in fragments.

    ValueError when the roots of the schema do not offer that many.
    """
    lines: list[str] = []
    left = fields
    for head, target in _shuffled(_lists(schema), random):
        if left <= 1:
            break
        text, used = _fill(schema, target, min(left, _FIELDS_A_ROOT) - 1, random)
        lines.append(f"{head}(first: 5) {text}")
        left -= used + 1
    if left == 1:
        lines.append("__typename")
        left = 0
    if left:
        raise ValueError(f"The schema is too small: {left} of {fields} fields found no place.")
    return f"query Wide {{ {' '.join(lines)} }}"


def _fill(
    schema: GraphQLSchema,
    kind: Composite,
    allowed: int,
    random: Random,
    depth: int = 0,
    known: frozenset[str] = frozenset(),
) -> tuple[str, int]:
    """A selection set of at least one and at most `allowed` fields, none of them `known`, and their number."""
    leaves = [name for name, item in kind.fields.items() if is_leaf_type(get_named_type(item.type))]
    chosen = _shuffled([name for name in leaves if name not in known] or leaves, random)[: min(_LEAVES, allowed)]
    lines, left = list(chosen), allowed - len(chosen)
    targets = _targets(schema, kind, random) if depth < _DEPTH else []
    for position, (head, target) in enumerate(targets):
        price = 0 if head.startswith("...") else 1
        share = left // (len(targets) - position) - price
        if share < 1:
            continue
        seen = frozenset() if price else frozenset(leaves)
        text, used = _fill(schema, target, share, random, depth + 1, seen)
        lines.append(f"{head} {text}")
        left -= used + price
    return f"{{ {' '.join(lines)} }}", allowed - left


def _targets(schema: GraphQLSchema, kind: Composite, random: Random) -> list[tuple[str, Composite]]:
    """Some fields of composite type, and for an interface also some of its members."""
    targets = _shuffled(_composites(kind), random)[:_BRANCHES]
    if isinstance(kind, GraphQLInterfaceType):
        members = _shuffled(schema.get_possible_types(kind), random)[:_BRANCHES]
        targets += [(f"... on {member.name}", member) for member in members]
    return targets


def build_hostile_operation(schema: GraphQLSchema, *, depth: int = 40, aliases: int = 2_000) -> str:
    """A query that nests an interface into itself, with a member at every level, beside thousands of aliases.

    ValueError when the schema has no interface that leads to itself.
    """
    for head, interface in _lists(schema):
        own = [name for name, target in _composites(interface) if target is interface]
        if isinstance(interface, GraphQLInterfaceType) and own:
            members = schema.get_possible_types(interface)
            nested = "{ id }"
            for level in range(depth):
                member = members[level % len(members)]
                nested = f"{{ ... on {member.name} {{ {_last_leaf(member)} }} {own[0]} {nested} }}"
            return f"query Hostile {{ {head} {nested} {' '.join(_repeat(schema, aliases))} }}"
    raise ValueError("No interface of the schema leads to itself.")


def _repeat(schema: GraphQLSchema, times: int) -> Iterator[str]:
    """Root fields over and over, each with a leaf that another subgraph is likely to hold."""
    roots = list(_lists(schema))
    for number in range(times):
        name, target = roots[number % len(roots)]
        yield f"a{number}: {name} {{ {_last_leaf(target)} }}"


def _last_leaf(kind: Composite) -> str:
    leaves: list[str] = [name for name, item in kind.fields.items() if is_leaf_type(get_named_type(item.type))]
    return leaves[-1]


def _lists(schema: GraphQLSchema) -> Iterator[tuple[str, Composite]]:
    """The root fields that return lists."""
    assert schema.query_type is not None
    for name, target in _composites(schema.query_type):
        if _is_list(schema.query_type.fields[name].type):
            yield name, target


def _is_list(kind: GraphQLOutputType) -> bool:
    return is_list_type(getattr(kind, "of_type", kind))


def _composites(kind: Composite) -> Iterator[tuple[str, Composite]]:
    for name, item in kind.fields.items():
        target = get_named_type(item.type)
        if isinstance(target, Composite):
            yield name, target


def _shuffled(items: Iterable[Item], random: Random) -> list[Item]:
    ordered = list(items)
    return random.sample(ordered, len(ordered))
