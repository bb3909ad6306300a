"""Which elements of a schema operations use, by coordinate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ArgumentNode,
    DirectiveNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    Visitor,
    get_named_type,
    type_from_ast,
    visit,
)

from entrepot.router.checks.operations.operation import KnownOperation


@dataclass
class Usage:
    """The labels of the operations by the coordinate that they use; `count` is how many operations were looked at.

    A variable uses its input type whole: all fields and values, since nobody knows what clients send in it.
    """

    count: int = 0
    by_coordinate: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def find(self, coordinate: str) -> list[str]:
        """The operations that use the element, in alphabetical order."""
        return sorted(self.by_coordinate.get(coordinate, ()))


def collect_usage(operations: Iterable[KnownOperation], schema: GraphQLSchema) -> Usage:
    """What the operations, which are valid on the schema, use of it."""
    usage = Usage()
    for operation in operations:
        usage.count += 1
        found: set[str] = set()
        information = TypeInfo(schema)
        visit(operation.document, TypeInfoVisitor(information, _Collector(schema, information, found)))
        for coordinate in found:
            usage.by_coordinate[coordinate].add(operation.label)
    return usage


class _Collector(Visitor):
    def __init__(self, schema: GraphQLSchema, information: TypeInfo, found: set[str]) -> None:
        super().__init__()
        self._schema = schema
        self._information = information
        self._found = found

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent, definition = self._information.get_parent_type(), self._information.get_field_def()
        if parent is None or definition is None:
            return
        self._found |= {parent.name, f"{parent.name}.{node.name.value}", get_named_type(definition.type).name}
        # A field of an object type is that of its interfaces too: what is removed there is removed for this operation.
        for interface in getattr(parent, "interfaces", ()):
            if node.name.value in interface.fields:
                self._found.add(f"{interface.name}.{node.name.value}")
        named = get_named_type(definition.type)
        if isinstance(named, GraphQLEnumType):
            self._found |= {f"{named.name}.{value}" for value in named.values}

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        directive = self._information.get_directive()
        parent, definition = self._information.get_parent_type(), self._information.get_field_def()
        if directive is not None:
            self._found.add(f"@{directive.name}({node.name.value}:)")
        elif parent is not None and definition is not None and (name := self._find_field_name(definition)) is not None:
            self._found.add(f"{parent.name}.{name}({node.name.value}:)")

    def enter_object_value(self, *_: Any) -> None:
        given = self._information.get_input_type()
        if (named := get_named_type(given) if given else None) is not None:
            self._found.add(named.name)

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> None:
        parent = self._information.get_parent_input_type()
        if (named := get_named_type(parent) if parent else None) is not None:
            self._found |= {named.name, f"{named.name}.{node.name.value}"}

    def enter_enum_value(self, node: EnumValueNode, *_: Any) -> None:
        given = self._information.get_input_type()
        if (named := get_named_type(given) if given else None) is not None:
            self._found |= {named.name, f"{named.name}.{node.value}"}

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
        type_ = type_from_ast(self._schema, node.type)
        if type_ is not None:
            self._add_input(get_named_type(type_))

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> None:
        if node.type_condition is not None:
            self._found.add(node.type_condition.name.value)

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> None:
        self._found.add(node.type_condition.name.value)

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        self._found.add(f"@{node.name.value}")

    def _find_field_name(self, definition: Any) -> str | None:
        parent = self._information.get_parent_type()
        fields = getattr(parent, "fields", {})
        return next((name for name, each in fields.items() if each is definition), None)

    def _add_input(self, named: GraphQLNamedType) -> None:
        """An input type with everything below it."""
        if named.name in self._found:
            return
        self._found.add(named.name)
        if isinstance(named, GraphQLEnumType):
            self._found |= {f"{named.name}.{value}" for value in named.values}
        elif isinstance(named, GraphQLInputObjectType):
            for name, each in named.fields.items():
                self._found.add(f"{named.name}.{name}")
                self._add_input(get_named_type(each.type))
