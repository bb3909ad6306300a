"""Executable directives of the client's own, which composition keeps: subgraphs are to see them where they stand.

Before: `query @live { ...F @live } fragment F on Query { a @live(x: $x) }`
After:  `query @live { ... @live { a @live(x: $x) } }`, the directives written with the field that they are around.
A field that is selected several times gets the directives of all its selections, since it is fetched once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from graphql import DirectiveLocation, GraphQLSchema
from graphql.language import DirectiveNode, print_ast

from entrepot.router.operation.model import OperationDirective, OperationKind
from entrepot.router.selection import Argument, Field, SelectionSet
from entrepot.router.supergraph import read_arguments

_OWN = frozenset({"skip", "include", "defer"})
_LOCATIONS: dict[OperationKind, DirectiveLocation] = {
    "query": DirectiveLocation.QUERY,
    "mutation": DirectiveLocation.MUTATION,
    "subscription": DirectiveLocation.SUBSCRIPTION,
}


def read_field_directives(directives: Iterable[DirectiveNode] | None) -> tuple[Argument, ...]:
    """Those on a field, as they go with its arguments."""
    return tuple(_read("@", item) for item in directives or () if item.name.value not in _OWN)


def read_fragment_directives(schema: GraphQLSchema, directives: Iterable[DirectiveNode]) -> tuple[Argument, ...]:
    """Those on a fragment, its spread or definition, as far as they may stand on an inline fragment."""
    return tuple(
        _read("...", item)
        for item in directives
        if item.name.value not in _OWN and _may_stand(schema, item, DirectiveLocation.INLINE_FRAGMENT)
    )


def mark_fields(selections: SelectionSet, directives: tuple[Argument, ...]) -> SelectionSet:
    """The selections of a fragment with its directives around each field."""
    if not directives:
        return selections
    return tuple(
        replace(item, selections=mark_fields(item.selections, directives))
        if not isinstance(item, Field)
        else item
        if item.name.startswith("__")
        else replace(item, arguments=(*directives, *item.arguments))
        for item in selections
    )


def read_operation_directives(
    schema: GraphQLSchema, directives: Iterable[DirectiveNode] | None
) -> tuple[OperationDirective, ...]:
    """Those on the operation, with the kinds of operations that may have them: an entity fetch is always a query."""
    return tuple(
        OperationDirective(
            print_ast(item),
            _read("@", item).variables,
            frozenset(kind for kind, location in _LOCATIONS.items() if _may_stand(schema, item, location)),
        )
        for item in directives or ()
    )


def _read(prefix: str, node: DirectiveNode) -> Argument:
    variables = frozenset[str]().union(*(item.variables for item in read_arguments(node.arguments or ())))
    return Argument(prefix + node.name.value, print_ast(node), variables)


def _may_stand(schema: GraphQLSchema, node: DirectiveNode, location: DirectiveLocation) -> bool:
    definition = schema.get_directive(node.name.value)
    return definition is not None and location in definition.locations
