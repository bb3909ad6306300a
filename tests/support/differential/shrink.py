"""A failing operation made as small as it can be while it still fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from graphql import GraphQLSchema, parse, print_ast, validate
from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from tests.support.differential.operations import Operation

Fails = Callable[[Operation], Awaitable[bool]]


async def shrink_operation(schema: GraphQLSchema, operation: Operation, fails: Fails) -> Operation:
    """Drops and unwraps selections, one after another, as long as what is left is valid and fails."""
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for candidate in _smaller(operation):
            if not validate(schema, parse(candidate.text)) and await fails(candidate):
                operation, is_smaller = candidate, True
                break
    return operation


def _smaller(operation: Operation) -> Iterator[Operation]:
    document = parse(operation.text)
    places = [(path, index) for path, node in _selection_sets(document) for index in range(len(node.selections))]
    for change in (_drop, _unwrap, _bare, _unnamed):
        for path, index in places:
            copied = deepcopy(document)
            node = dict(_selection_sets(copied))[path]
            selections = list(node.selections)
            if change(copied, selections, index):
                _set(node, "selections", tuple(selections))
                yield _tidy(copied, operation)


def _selection_sets(document: DocumentNode) -> Iterator[tuple[tuple[int, ...], SelectionSetNode]]:
    """All selection sets, the outer before the inner, by their place."""
    for number, definition in enumerate(document.definitions):
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            yield from _below(definition.selection_set, (number,))


def _below(node: SelectionSetNode, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], SelectionSetNode]]:
    yield path, node
    for index, item in enumerate(node.selections):
        if isinstance(item, FieldNode | InlineFragmentNode) and item.selection_set:
            yield from _below(item.selection_set, (*path, index))


def _drop(_document: DocumentNode, selections: list[Any], index: int) -> bool:
    del selections[index]
    return bool(selections)


def _unwrap(document: DocumentNode, selections: list[Any], index: int) -> bool:
    """A fragment replaced by what is in it; one with another type condition keeps that."""
    item = selections[index]
    if isinstance(item, InlineFragmentNode):
        selections[index : index + 1] = item.selection_set.selections
        return True
    if isinstance(item, FragmentSpreadNode):
        definitions = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
        found = next(node for node in definitions if node.name.value == item.name.value)
        condition, inner = found.type_condition, deepcopy(found.selection_set)
        selections[index] = InlineFragmentNode(
            type_condition=condition, directives=item.directives, selection_set=inner
        )
        return True
    return False


def _bare(_document: DocumentNode, selections: list[Any], index: int) -> bool:
    has_directives = bool(selections[index].directives)
    _set(selections[index], "directives", ())
    return has_directives


def _unnamed(_document: DocumentNode, selections: list[Any], index: int) -> bool:
    item = selections[index]
    if not isinstance(item, FieldNode) or item.alias is None:
        return False
    _set(item, "alias", None)
    return True


def _tidy(document: DocumentNode, operation: Operation) -> Operation:
    """The document without the fragments and variables that nothing uses any more."""
    count = -1
    while count != len(document.definitions):
        count = len(document.definitions)
        text = print_ast(document)
        kept_nodes = tuple(
            node
            for node in document.definitions
            if not isinstance(node, FragmentDefinitionNode) or _is_spread(text, node.name.value)
        )
        _set(document, "definitions", kept_nodes)
    main = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    declared = main.variable_definitions or ()
    _set(main, "variable_definitions", ())
    used = print_ast(document)
    left = tuple(node for node in declared if _is_used(used, node.variable.name.value))
    _set(main, "variable_definitions", left)
    names = {node.variable.name.value for node in left}
    kept = {name: value for name, value in operation.variables.items() if name in names}
    return replace(operation, text=" ".join(print_ast(document).split()), variables=kept)


def _set(node: Any, name: str, value: Any) -> None:
    """Writes into a node of our own copy, which is frozen for everyone else."""
    object.__setattr__(node, name, value)


def _is_spread(text: str, name: str) -> bool:
    return any(f"...{name}{end}" in text for end in ("\n", " "))


def _is_used(text: str, name: str) -> bool:
    return any(f"${name}{end}" in text for end in (")", ",", " ", "\n"))
