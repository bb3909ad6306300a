"""`@skip`, `@include` and `@defer` whose `if` may be null: where they stand, to be checked for each request.

Such a variable is of a nullable type and valid only because of a default. An explicit null for it is an error of the
object on whose selection the directive stands (GraphQL sections 6.3.2 and 6.4.1, CollectFields and
CoerceArgumentValues), so that where a directive stands must outlive the other passes, which merge and drop selections.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from graphql import GraphQLCompositeType, GraphQLSchema, get_named_type, is_abstract_type, is_composite_type
from graphql.language import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

from entrepot.router.operation.normalize.conditions import join_conditions, read_conditions
from entrepot.router.selection import Condition, NullableCondition
from entrepot.router.supergraph import read_arguments

_CONDITIONAL = frozenset({"skip", "include", "defer"})


def find_nullable_conditions(
    schema: GraphQLSchema,
    root: GraphQLCompositeType,
    node: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
) -> tuple[NullableCondition, ...]:
    """The places of conditions that may be null, each once; nearly always there are none."""
    nullable = frozenset(
        item.variable.name.value
        for item in node.variable_definitions or ()
        if isinstance(item.type, NamedTypeNode) and item.type.name.value == "Boolean"
    )
    if not nullable:
        return ()
    finder = _Finder(schema, fragments, nullable)
    found = dict.fromkeys(finder.walk((), root, (), node.selection_set))
    return tuple(replace(item, is_argument=item.variable in finder.arguments) for item in found)


class _Finder:
    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], nullable: frozenset[str]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._nullable = nullable
        self.arguments: set[str] = set()

    def walk(
        self, path: tuple[str, ...], parent: GraphQLCompositeType, held: tuple[Condition, ...], node: SelectionSetNode
    ) -> Iterator[NullableCondition]:
        for item in node.selections:
            yield from self._walk_selection(path, parent, held, item)

    def _walk_selection(
        self, path: tuple[str, ...], parent: GraphQLCompositeType, held: tuple[Condition, ...], item: SelectionNode
    ) -> Iterator[NullableCondition]:
        for variable in self._list_variables(item.directives or ()):
            yield NullableCondition(path, self._types(parent), held, variable)
        conditions = read_conditions(item.directives)
        inner = None if conditions is None else join_conditions(held, conditions)
        if inner is None:
            return
        if isinstance(item, FieldNode):
            self.arguments.update(*(argument.variables for argument in read_arguments(item.arguments or ())))
            definition = self._schema.get_field(parent, item.name.value)
            below = get_named_type(definition.type) if definition is not None else None
            # The fields of introspection are answered locally, by an executor that checks its own conditions.
            if item.selection_set is not None and is_composite_type(below) and not item.name.value.startswith("__"):
                key = item.alias.value if item.alias else item.name.value
                yield from self.walk((*path, key), below, (), item.selection_set)
            return
        assert isinstance(item, FragmentSpreadNode | InlineFragmentNode)
        fragment = self._fragments[item.name.value] if isinstance(item, FragmentSpreadNode) else item
        target = self._schema.get_type(fragment.type_condition.name.value) if fragment.type_condition else parent
        if is_composite_type(target):
            yield from self.walk(path, target, inner, fragment.selection_set)

    def _list_variables(self, directives: Iterable[DirectiveNode]) -> Iterator[str]:
        for directive in directives:
            for argument in directive.arguments or ():
                value = argument.value
                is_condition = directive.name.value in _CONDITIONAL and argument.name.value == "if"
                if not is_condition:
                    self.arguments.update(*(read.variables for read in read_arguments([argument])))
                elif isinstance(value, VariableNode) and value.name.value in self._nullable:
                    yield value.name.value

    def _types(self, parent: GraphQLCompositeType) -> frozenset[str]:
        if is_abstract_type(parent):
            return frozenset(item.name for item in self._schema.get_possible_types(parent))
        return frozenset((parent.name,))
