"""What the client's answer is read off the merged data by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)

from entrepot.router.graph import Graph
from entrepot.router.plan import NOWHERE, OutputField, OutputSelection, OutputType
from entrepot.router.planning.collected_fields import CollectedField, FieldCollector
from entrepot.router.planning.fetch_graph.position import DataPosition
from entrepot.router.selection import Condition, InlineFragment, SelectionSet

_TYPENAME = OutputType("String", (True,))


@dataclass(slots=True)
class Output:
    """Builds output selections; the same position and selection give the same object."""

    graph: Graph
    collector: FieldCollector
    schema: GraphQLSchema
    _done: dict[tuple[int, int, str], tuple[SelectionSet, OutputSelection]] = field(default_factory=dict)
    _types: dict[tuple[str, str], OutputType] = field(default_factory=dict)

    def build(self, position: DataPosition, selections: SelectionSet, type_name: str) -> OutputSelection:
        """The fields of the position by concrete type, in the order of the client's selection."""
        place = (id(position), id(selections), type_name)
        if place not in self._done:
            self._done[place] = (selections, self._build(position, selections, type_name))
        return self._done[place][1]

    def _build(self, position: DataPosition, selections: SelectionSet, type_name: str) -> OutputSelection:
        if position.needs_typename:
            names = [name for name in sorted(position.possible | position.unshared) if name in self.schema.type_map]
        else:
            names = [type_name]
        by_type = tuple((name, self._fields(position, selections, name)) for name in names)
        return OutputSelection(by_type, "__typename" if position.needs_typename else None)

    def _fields(self, position: DataPosition, selections: SelectionSet, type_name: str) -> tuple[OutputField, ...]:
        grouped: dict[str, list[CollectedField]] = {}
        for collected in self.collector.of(selections, type_name):
            grouped.setdefault(collected.key, []).append(collected)
        return tuple(
            self._field(position, key, collected_fields, type_name)
            for key, collected_fields in grouped.items()
            if not collected_fields[0].name.startswith("__") or collected_fields[0].name == "__typename"
        )

    def _field(
        self, position: DataPosition, key: str, collected_fields: list[CollectedField], type_name: str
    ) -> OutputField:
        first = collected_fields[0]
        conditions = _any_of(collected_fields)
        if first.name == "__typename":
            return OutputField(key, "__typename", "__typename", _TYPENAME, conditions)
        output_type = self._type(type_name, first.name)
        source = position.find_key(type_name, position.signature(first))
        if source is None:
            return OutputField(key, NOWHERE, first.name, output_type, conditions)
        selection: OutputSelection | None = None
        below = self.collector.join(
            item.selections if not item.conditions or len(collected_fields) == 1 else self._conditional(item)
            for item in collected_fields
        )
        if is_composite_type(self.schema.type_map.get(output_type.name)):
            selection = self.build(position.children[source], below, output_type.name)
        return OutputField(key, source, first.name, output_type, conditions, selection)

    def _conditional(self, collected: CollectedField) -> SelectionSet:
        """What one of several selections of a key adds, only where that one applies."""
        return (InlineFragment(None, collected.selections, collected.conditions),) if collected.selections else ()

    def _type(self, type_name: str, field_name: str) -> OutputType:
        place = (type_name, field_name)
        if place not in self._types:
            parent = self.schema.type_map[type_name]
            assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
            self._types[place] = _output_type(parent.fields[field_name].type)
        return self._types[place]


def _output_type(kind: GraphQLOutputType) -> OutputType:
    shape: list[bool] = []
    inner: Any = kind
    while True:
        is_required = is_non_null_type(inner)
        if is_required:
            inner = inner.of_type
        shape.append(is_required)
        if not is_list_type(inner):
            break
        inner = inner.of_type
    named = get_named_type(kind)
    values = frozenset(named.values) if isinstance(named, GraphQLEnumType) else None
    return OutputType(named.name, tuple(shape), values)


def _any_of(collected_fields: list[CollectedField]) -> tuple[tuple[Condition, ...], ...]:
    """A disjunction; empty when one of the selections is unconditional."""
    if any(not collected.conditions for collected in collected_fields):
        return ()
    return tuple(dict.fromkeys(collected.conditions for collected in collected_fields))
