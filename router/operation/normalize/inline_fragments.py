"""Named fragments become inline ones; literal conditions are decided on the way.

Before: `{ a { ...F @include(if: $x) b @skip(if: true) } } fragment F on A { c }`
After:  `{ a { ... on A @include(if: $x) { c } } }`
Equivalent by GraphQL section 6.3.2: collecting fields treats both kinds of fragment alike.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphql import GraphQLSchema
from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
)

from entrepot.router.operation.normalize.client_directives import (
    mark_fields,
    read_field_directives,
    read_fragment_directives,
)
from entrepot.router.operation.normalize.conditions import read_conditions
from entrepot.router.operation.normalize.deferrals import Mark, read_mark
from entrepot.router.selection import Condition, Field, InlineFragment, Selection, SelectionSet, build_deferral
from entrepot.router.supergraph import read_arguments


def inline_fragments(
    schema: GraphQLSchema, node: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> tuple[SelectionSet, tuple[Mark, ...]]:
    """The selection tree of the node; each fragment is read once, however often it is spread.

    Beside it the `@defer` directives met; deferrals in the tree are numbered as they are.
    """
    inliner = _Inliner(schema, fragments)
    return inliner.read(node), tuple(inliner.marks)


class _Inliner:
    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self.schema = schema
        self.fragments = fragments
        self.done: dict[str, SelectionSet] = {}
        self.marks: list[Mark] = []

    def read(self, node: SelectionSetNode | None) -> SelectionSet:
        if node is None:
            return ()
        selections = (self._read_selection(item) for item in node.selections)
        return tuple(selection for selection in selections if selection is not None)

    def _read_selection(self, node: SelectionNode) -> Selection | None:
        conditions = read_conditions(node.directives)
        if conditions is None:
            return None
        if isinstance(node, FieldNode):
            return Field(
                name=node.name.value,
                alias=node.alias.value if node.alias else None,
                arguments=(*read_arguments(node.arguments or ()), *read_field_directives(node.directives)),
                selections=self.read(node.selection_set),
                conditions=conditions,
            )
        assert isinstance(node, InlineFragmentNode | FragmentSpreadNode)
        conditions += self._read_deferral(node)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition.name.value if node.type_condition else None
            around = read_fragment_directives(self.schema, node.directives or ())
            return InlineFragment(condition, mark_fields(self.read(node.selection_set), around), conditions)
        fragment = self.fragments[node.name.value]
        around = read_fragment_directives(self.schema, (*(node.directives or ()), *(fragment.directives or ())))
        selections = mark_fields(self._read_fragment(fragment), around)
        return InlineFragment(fragment.type_condition.name.value, selections, conditions)

    def _read_deferral(self, node: InlineFragmentNode | FragmentSpreadNode) -> tuple[Condition, ...]:
        mark = read_mark(node.directives)
        if mark is None:
            return ()
        self.marks.append(mark)
        return (build_deferral(len(self.marks) - 1),)

    def _read_fragment(self, fragment: FragmentDefinitionNode) -> SelectionSet:
        name = fragment.name.value
        if name not in self.done:
            self.done[name] = self.read(fragment.selection_set)
        return self.done[name]
