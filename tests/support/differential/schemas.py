"""The whole schema and its subgraphs, executable over one data; a subgraph refuses what it must not be asked."""

from __future__ import annotations

from functools import partial
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
)
from graphql.language import FieldNode

from tests.support.differential.data import SIZE, Data, Row
from tests.support.differential.failures import Failed
from tests.support.differential.split import Part, Placement, Split, print_subgraph, print_whole, top_fields


class Refused(AssertionError):
    """A subgraph was asked for what it must not be asked for."""


def build_whole(data: Data) -> GraphQLSchema:
    """The schema before it was split, over the data; any field may be null where the data shows nulls as errors."""
    schema = build_schema(print_whole(data.split))
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = lambda row, _info, _kind: row.type
        if data.shows_nulls and isinstance(kind, GraphQLInterfaceType | GraphQLObjectType):
            for field in kind.fields.values():
                field.type = _without_non_null(field.type)
        if isinstance(kind, GraphQLObjectType) and kind.name in data.split.kinds:
            for name, field in kind.fields.items():
                field.resolve = partial(_resolve_whole, data, kind.name, name)
    return schema


def _without_non_null(kind: Any) -> Any:
    if isinstance(kind, GraphQLNonNull):
        return _without_non_null(kind.of_type)
    return GraphQLList(_without_non_null(kind.of_type)) if isinstance(kind, GraphQLList) else kind


def _resolve_whole(data: Data, kind: str, name: str, row: Row | None, _info: Any, **arguments: Any) -> Any:
    return data.value(row, kind, name, arguments)


def build_subgraph(data: Data, graph: str) -> GraphQLSchema:
    """One subgraph over the data, with `_entities`."""
    return _Subgraph(data, graph).build()


class _Subgraph:
    def __init__(self, data: Data, graph: str) -> None:
        self.data = data
        self.split: Split = data.split
        self.graph = graph
        self.parts = {kind.name: kind.parts[graph] for kind in self.split.kinds.values() if graph in kind.parts}
        self.keys = {
            name: [top_fields(text) for text, is_resolvable in part.keys if is_resolvable]
            for name, part in self.parts.items()
        }

    def build(self) -> GraphQLSchema:
        objects = [name for name, part in self.parts.items() if self._is_object(name, part) and self.keys[name]]
        sdl = print_subgraph(self.split, self.graph) + "scalar _Any\n"
        if objects:
            sdl += f"union _Entity = {' | '.join(objects)}\n"
            sdl += "extend type Query { _entities(representations: [_Any!]!): [_Entity]! }\n"
        schema = build_schema(sdl, assume_valid=True, assume_valid_sdl=True)
        for kind in schema.type_map.values():
            if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
                kind.resolve_type = self._resolve_type
            if isinstance(kind, GraphQLObjectType) and kind.name in self.parts:
                for name, field in kind.fields.items():
                    field.resolve = self._find_all if name == "_entities" else self._resolver(kind.name, name)
        return schema

    def _is_object(self, name: str, part: Part) -> bool:
        return self.split.kinds[name].word == "type" or part.is_interface_object

    def _resolve_type(self, row: Row, _info: GraphQLResolveInfo[Any], _kind: Any) -> str:
        if row.type in self.parts:
            return row.type
        interfaces = self.split.kinds[row.type].interfaces
        return next(name for name in interfaces if name in self.parts and self.parts[name].is_interface_object)

    def _resolver(self, kind: str, name: str) -> Any:
        placement = self.parts[kind].fields[name]
        is_either = kind == "Query" and self.split.kinds[kind].fields[name].target == "Either"
        requires = top_fields(placement.requires) if placement.requires else ()
        provides = top_fields(placement.provides) if placement.provides else ()

        def resolve(row: Row | None, _info: Any, **arguments: Any) -> Any:
            given = [node for node in (row.provided if row else ()) if node.name.value == name]
            if not given:
                self._refuse(kind, name, placement)
            if requires and (row is None or not self.data.matches(row, row.sent, requires)):
                raise Refused(f"{self.graph}: {kind}.{name} requires {placement.requires}, not {row and row.sent}")
            if is_either:
                return self.data.choose_either(name, self.graph)
            value = self.data.value(row, row.type if row else kind, name, arguments)
            return _provide(value, provides)

        return resolve

    def _refuse(self, kind: str, name: str, placement: Placement) -> None:
        if placement.is_external:
            raise Refused(f"{self.graph}: {kind}.{name} is external")
        if not self.split.is_answered(kind, name, self.graph):
            raise Refused(f"{self.graph}: {kind}.{name} is overridden")

    def _find_all(self, _source: Any, _info: Any, representations: list[dict[str, Any]]) -> list[Row | Failed | None]:
        if any(sent in representations[:index] for index, sent in enumerate(representations)):
            raise Refused(f"{self.graph}: asked twice for one entity: {representations}")
        return [self._find(sent) for sent in representations]

    def _find(self, sent: dict[str, Any]) -> Row | Failed | None:
        name = sent["__typename"]
        for concrete in self.split.concrete(name):
            for index in range(SIZE):
                row = Row(concrete, index, sent=sent)
                if any(self.data.matches(row, sent, key) for key in self.keys.get(name, ())):
                    return self._give(row)
        raise Refused(f"{self.graph}: nothing is {sent}")

    def _give(self, row: Row) -> Row | Failed | None:
        if row.index == 0 and (row.type, self.graph) in self.split.absent:
            return None
        failure = self.data.failure_of(row, self.graph)
        if failure == "error":
            return Failed(f"{row.type}-{row.index} fails", is_entity=True)
        return None if failure else row


def _provide(value: Any, provided: tuple[FieldNode, ...]) -> Any:
    if isinstance(value, list):
        return [_provide(item, provided) for item in value]
    return Row(value.type, value.index, provided) if isinstance(value, Row) else value
