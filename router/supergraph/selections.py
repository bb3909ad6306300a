"""Selection trees read from GraphQL: field sets in SDL, and the parts of operations."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import GraphQLError, parse
from graphql.language import (
    ArgumentNode,
    FieldNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    print_ast,
)

from entrepot.router.errors import SupergraphInvalid
from entrepot.router.selection import Argument, Field, InlineFragment, Selection, SelectionSet


def parse_field_set(text: str) -> SelectionSet:
    """The selection of a field set such as `id price(currency: "USD") owner { name }`.

    `SupergraphInvalid` when the text is no selection or spreads a named fragment.
    """
    stripped = text.strip()
    try:
        document = parse(stripped if stripped.startswith("{") else f"{{{stripped}}}", no_location=True)
    except GraphQLError as error:
        raise SupergraphInvalid(f"The field set {text!r} does not parse: {error.message}") from error
    definition = document.definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    return _read_selections(definition.selection_set)


def read_arguments(nodes: Iterable[ArgumentNode]) -> tuple[Argument, ...]:
    """Arguments in the order of their names, so that equal ones compare equal."""
    arguments = (Argument(node.name.value, print_ast(node.value), frozenset(_variables(node.value))) for node in nodes)
    return tuple(sorted(arguments, key=lambda argument: argument.name))


def _read_selections(node: SelectionSetNode | None) -> SelectionSet:
    return tuple(map(_read_selection, node.selections)) if node is not None else ()


def _read_selection(node: object) -> Selection:
    if isinstance(node, FieldNode):
        return Field(
            name=node.name.value,
            alias=node.alias.value if node.alias else None,
            arguments=read_arguments(node.arguments or ()),
            selections=_read_selections(node.selection_set),
        )
    if isinstance(node, InlineFragmentNode):
        condition = node.type_condition.name.value if node.type_condition else None
        return InlineFragment(condition, _read_selections(node.selection_set))
    raise SupergraphInvalid("A field set spreads a named fragment, and has none to spread.")


def _variables(node: ValueNode) -> Iterable[str]:
    if isinstance(node, VariableNode):
        yield node.name.value
    elif isinstance(node, ListValueNode):
        for item in node.values:
            yield from _variables(item)
    elif isinstance(node, ObjectValueNode):
        for entry in node.fields:
            yield from _variables(entry.value)
