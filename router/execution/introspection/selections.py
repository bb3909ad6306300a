"""The selections of introspection, with fragments, conditions and arguments resolved for the variables of a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    SelectionNode,
    StringValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    introspection_types,
    is_list_type,
)
from graphql.type import SchemaMetaFieldDef, TypeMetaFieldDef

_ROOTS: Final = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


@dataclass(slots=True, eq=False)
class Selected:
    """The fields of one object, in the order of the answer."""

    fields: tuple[SelectedField, ...]


@dataclass(slots=True, eq=False)
class SelectedField:
    """One field: its value is `resolve(object, info, **arguments)`, and `inner` is selected of objects.

    `to_json` makes JSON of an enum value.
    """

    key: str
    resolve: Callable[..., Any]
    arguments: dict[str, Any]
    is_list: bool
    inner: Selected | None
    to_json: Callable[[Any], Any] | None
    name: str = "__typename"

    @property
    def identity(self) -> tuple[Any, ...]:
        """Equal for fields of one type that have the same values; selections within are compared before."""
        return self.key, self.name, tuple(sorted(self.arguments.items())), id(self.inner)


@dataclass(frozen=True, slots=True)
class Selector:
    """Resolves selections for one request; equal selections are one object, so that they are evaluated once."""

    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    _known: dict[tuple[Any, ...], Selected] = field(default_factory=dict)

    def select_root(self, nodes: Iterable[SelectionNode]) -> Selected:
        """The fields of the type Query; others than those of introspection are left out."""
        grouped = self._group(nodes)
        return Selected(
            tuple(
                self._select_field(key, found, _ROOTS[found[0].name.value])
                for key, found in grouped.items()
                if found[0].name.value in _ROOTS
            )
        )

    def _select(self, nodes: Iterable[FieldNode], kind: GraphQLObjectType) -> Selected:
        below = (item for node in nodes if node.selection_set for item in node.selection_set.selections)
        fields: list[SelectedField] = []
        for key, found in self._group(below).items():
            name = found[0].name.value
            if name == "__typename":
                fields.append(SelectedField(key, _constant(kind.name), {}, is_list=False, inner=None, to_json=None))
            else:
                fields.append(self._select_field(key, found, kind.fields[name]))
        identity = (kind.name, *(item.identity for item in fields))
        return self._known.setdefault(identity, Selected(tuple(fields)))

    def _select_field(self, key: str, nodes: list[FieldNode], definition: GraphQLField) -> SelectedField:
        named: Any = get_named_type(definition.type)
        is_object = isinstance(named, GraphQLObjectType)
        assert definition.resolve is not None
        return SelectedField(
            key=key,
            resolve=definition.resolve,
            arguments=self._read_arguments(nodes[0].arguments or (), definition),
            is_list=is_list_type(get_nullable_type(definition.type)),
            inner=self._select(nodes, introspection_types[named.name]) if is_object else None,  # type: ignore[arg-type]
            to_json=named.coerce_output_value if isinstance(named, GraphQLEnumType) else None,
            name=nodes[0].name.value,
        )

    def _group(self, nodes: Iterable[SelectionNode]) -> dict[str, list[FieldNode]]:
        """The fields by their response keys; introspection has no abstract types, so that every fragment applies."""
        grouped: dict[str, list[FieldNode]] = {}
        self._add(nodes, grouped)
        return grouped

    def _add(self, nodes: Iterable[SelectionNode], grouped: dict[str, list[FieldNode]]) -> None:
        for node in nodes:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                grouped.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, FragmentSpreadNode):
                self._add(self.fragments[node.name.value].selection_set.selections, grouped)
            else:
                self._add(node.selection_set.selections, grouped)  # type: ignore[attr-defined]  # an inline fragment

    def _is_included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            name = directive.name.value
            if name in {"skip", "include"}:
                condition = self._read_value(directive.arguments[0]) if directive.arguments else None
                if condition is not (name == "include"):
                    return False
        return True

    def _read_arguments(self, nodes: Iterable[ArgumentNode], definition: GraphQLField) -> dict[str, Any]:
        given = {node.name.value: self._read_value(node) for node in nodes if node.name.value in definition.args}
        # All optional arguments of introspection have a default, which its resolvers know.
        return {name: value for name, value in given.items() if value is not None}

    def _read_value(self, node: ArgumentNode) -> Any:
        value = node.value
        if isinstance(value, VariableNode):
            return self.variables.get(value.name.value)
        return value.value if isinstance(value, BooleanValueNode | StringValueNode) else None


def _constant(value: str) -> Callable[..., Any]:
    def resolve(_source: Any, _info: Any) -> str:
        return value

    return resolve
