"""Collecting the fields of a selection for one object type (GraphQL specification, section 6.3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    is_abstract_type,
    visit,
)

_CONDITIONS: Final = {GraphQLSkipDirective.name: False, GraphQLIncludeDirective.name: True}
"""What the argument `if` of each directive must be for the selection to take part."""

Truths = Mapping[str, Any]
"""The values of the variables that conditions name."""

Fragments = Mapping[str, FragmentDefinitionNode]


def collect_fields(
    schema: GraphQLSchema,
    fragments: Fragments,
    truths: Truths,
    parent: GraphQLObjectType,
    selection_sets: Sequence[SelectionSetNode],
) -> dict[str, list[FieldNode]]:
    """The field nodes of each response key, in document order."""
    collected: dict[str, list[FieldNode]] = {}
    visited: set[str] = set()
    for selection_set in selection_sets:
        for node in _walk(schema, fragments, truths, parent, selection_set, visited):
            key = node.alias.value if node.alias else node.name.value
            collected.setdefault(key, []).append(node)
    return collected


def _walk(
    schema: GraphQLSchema,
    fragments: Fragments,
    truths: Truths,
    parent: GraphQLObjectType,
    selection_set: SelectionSetNode,
    visited: set[str],
) -> Iterator[FieldNode]:
    for selection in selection_set.selections:
        if not takes_part(selection.directives or (), truths):
            continue
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            if condition is None or _applies(schema, parent, condition.name.value):
                yield from _walk(schema, fragments, truths, parent, selection.selection_set, visited)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in visited:
            visited.add(selection.name.value)
            fragment = fragments.get(selection.name.value)
            if fragment is not None and _applies(schema, parent, fragment.type_condition.name.value):
                yield from _walk(schema, fragments, truths, parent, fragment.selection_set, visited)


def _applies(schema: GraphQLSchema, parent: GraphQLObjectType, condition: str) -> bool:
    if condition == parent.name:
        return True
    type_ = schema.type_map.get(condition)
    return is_abstract_type(type_) and schema.is_sub_type(type_, parent)


def takes_part(directives: Sequence[DirectiveNode], truths: Truths) -> bool:
    """Whether `@skip` and `@include` leave the selection in."""
    for directive in directives:
        wanted = _CONDITIONS.get(directive.name.value)
        if wanted is None:
            continue
        value = directive.arguments[0].value if directive.arguments else None
        truth = truths.get(value.name.value) if isinstance(value, VariableNode) else getattr(value, "value", None)
        if bool(truth) is not wanted:
            return False
    return True


class Survey(Visitor):
    """What decides how an operation is executed, found in one walk over it and the fragments it uses.

    `condition_variables`: the variables that `@skip` and `@include` name. `is_plain`: whether all of it is what the
    engine compiles (no introspection but `__typename`, no other executable directive).
    """

    def __init__(self, fragments: Fragments) -> None:
        super().__init__()
        self.condition_variables: set[str] = set()
        self.is_plain = True
        self._fragments = fragments
        self._seen: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value not in _CONDITIONS:
            self.is_plain = False
            return
        value = node.arguments[0].value if node.arguments else None
        if isinstance(value, VariableNode):
            self.condition_variables.add(value.name.value)

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if node.name.value in {"__schema", "__type"}:
            self.is_plain = False

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        name = node.name.value
        if name not in self._seen and name in self._fragments:
            self._seen.add(name)
            visit(self._fragments[name], self)


def survey(operation: OperationDefinitionNode, fragments: Fragments) -> Survey:
    found = Survey(fragments)
    visit(operation, found)
    return found
