"""Every change between two API schemas."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    is_introspection_type,
    is_specified_scalar_type,
)

from entrepot.router.checks.api.directives import compare_directives
from entrepot.router.checks.api.elements import added, compare_fields, compare_input_fields, compare_values
from entrepot.router.checks.change import Change

_ROOTS = ("query", "mutation", "subscription")


def compare_api_schemas(base: GraphQLSchema, head: GraphQLSchema) -> list[Change]:
    """The changes, in the order of the base's types and then of what is new; none for schemas that are equal."""
    return [*_compare_roots(base, head), *_compare_types(base, head), *compare_directives(base, head)]


def _compare_roots(base: GraphQLSchema, head: GraphQLSchema) -> Iterator[Change]:
    for kind in _ROOTS:
        before, after = getattr(base, f"{kind}_type"), getattr(head, f"{kind}_type")
        if before is not None and after is None:
            yield Change.of("ROOT_TYPE_REMOVED", before.name, f"The schema has no {kind} type any more.")
        elif before is None and after is not None:
            yield Change.of("ROOT_TYPE_ADDED", after.name, f"The schema has the {kind} type {after.name} now.")


def _compare_types(base: GraphQLSchema, head: GraphQLSchema) -> Iterator[Change]:
    before, after = _named_types(base), _named_types(head)
    for name, type_ in before.items():
        other = after.get(name)
        if other is None:
            yield Change.of("TYPE_REMOVED", name, f"The type {name} is removed.")
        elif type(type_) is not type(other):
            message = f"The type {name} changes from {_kind_of(type_)} to {_kind_of(other)}."
            yield Change.of("TYPE_KIND_CHANGED", name, message)
        else:
            if type_.description != other.description:
                yield Change.of("DESCRIPTION_CHANGED", name, f"The description of {name} changes.")
            yield from _compare_type(type_, other)
    for name in added(before, after):
        yield Change.of("TYPE_ADDED", name, f"The type {name} is added.")


def _compare_type(base: GraphQLNamedType, head: GraphQLNamedType) -> Iterator[Change]:
    match base, head:
        case (GraphQLObjectType() | GraphQLInterfaceType(), GraphQLObjectType() | GraphQLInterfaceType()):
            yield from compare_fields(base, head)
            yield from _compare_interfaces(base, head)
        case (GraphQLEnumType(), GraphQLEnumType()):
            yield from compare_values(base, head)
        case (GraphQLUnionType(), GraphQLUnionType()):
            yield from _compare_members(base, head)
        case (GraphQLInputObjectType(), GraphQLInputObjectType()):
            yield from compare_input_fields(base, head)
            yield from _compare_one_of(base, head)
        case (GraphQLScalarType(), GraphQLScalarType()) if base.specified_by_url != head.specified_by_url:
            message = f"The scalar {base.name} names the specification {head.specified_by_url or 'none'}."
            yield Change.of("SPECIFICATION_CHANGED", base.name, message)


def _compare_interfaces(
    base: GraphQLObjectType | GraphQLInterfaceType, head: GraphQLObjectType | GraphQLInterfaceType
) -> Iterator[Change]:
    before = {interface.name for interface in base.interfaces}
    after = {interface.name for interface in head.interfaces}
    for name in sorted(before - after):
        yield Change.of("INTERFACE_REMOVED", base.name, f"{base.name} no longer implements {name}.")
    for name in sorted(after - before):
        yield Change.of("INTERFACE_ADDED", base.name, f"{base.name} implements {name} now.")


def _compare_members(base: GraphQLUnionType, head: GraphQLUnionType) -> Iterator[Change]:
    before, after = {member.name for member in base.types}, {member.name for member in head.types}
    for name in sorted(before - after):
        yield Change.of("UNION_MEMBER_REMOVED", base.name, f"{name} is no longer a member of {base.name}.")
    for name in sorted(after - before):
        yield Change.of("UNION_MEMBER_ADDED", base.name, f"{name} is a member of {base.name} now.")


def _compare_one_of(base: GraphQLInputObjectType, head: GraphQLInputObjectType) -> Iterator[Change]:
    if head.is_one_of and not base.is_one_of:
        yield Change.of("ONE_OF_ADDED", base.name, f"{base.name} takes exactly one of its fields now (@oneOf).")
    elif base.is_one_of and not head.is_one_of:
        yield Change.of("ONE_OF_REMOVED", base.name, f"{base.name} takes any of its fields now.")


def _named_types(schema: GraphQLSchema) -> dict[str, GraphQLNamedType]:
    return {
        name: type_
        for name, type_ in schema.type_map.items()
        if not is_introspection_type(type_) and not is_specified_scalar_type(type_)
    }


def _kind_of(type_: GraphQLNamedType) -> str:
    return {
        GraphQLObjectType: "an object type",
        GraphQLInterfaceType: "an interface",
        GraphQLUnionType: "a union",
        GraphQLEnumType: "an enum",
        GraphQLInputObjectType: "an input type",
        GraphQLScalarType: "a scalar",
    }[type(type_)]
