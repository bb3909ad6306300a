"""A supergraph's world served by its subgraphs, and by one whole schema, so that any plan is checked against the truth.

Each subgraph is an executable schema, made from the supergraph, that answers only what it may: an external field only
where it is provided, a field with `@requires` only when it was sent the true required values, an entity only by a true
key; an `@interfaceObject` calls every object by the interface's name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_ast_schema,
    execute_sync,
    parse,
    specified_scalar_types,
    validate,
)
from graphql.language import DocumentNode

from entrepot.router.execution import SubgraphRequest
from entrepot.router.federation.joins import JoinField
from entrepot.router.selection import Field, SelectionSet
from entrepot.router.supergraph import Supergraph, TypeDefinition, TypeKind, parse_field_set
from tests.support.scripted_transport import ScriptedTransport
from tests.support.world import SIZE, Refused, Thing, World, join_in


class Universe(World):
    """The world of one supergraph, its subgraphs, and the truth."""

    def __init__(
        self, supergraph: Supergraph, document: DocumentNode, active_labels: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(supergraph, active_labels)
        self.inputs = build_ast_schema(document, assume_valid=True)
        self.schemas = {item.name: _SubgraphSchema(self, graph).build() for graph, item in supergraph.subgraphs.items()}
        self.truth = _truth_schema(self)

    def ask(self, subgraph: str, operation: str, variables: dict[str, Any]) -> Any:
        """A subgraph's data; an invalid operation or a refusal is an error of the plan and raised."""
        schema = self.schemas[subgraph]
        document = parse(operation)
        errors = validate(schema, document)
        if errors:
            raise Refused(f"{subgraph} cannot run {operation}: {errors[0].message}")
        result = execute_sync(schema, document, variable_values=variables)
        for error in result.errors or ():
            raise Refused(f"{subgraph} {operation} {variables}: {error.message}") from error.original_error
        return result.data

    def answer(self, operation: str, variables: dict[str, Any] | None = None) -> Any:
        """The true data of a client's operation."""
        result = execute_sync(self.truth, parse(operation), variable_values=variables or {})
        assert not result.errors, result.errors
        return result.data


class _SubgraphSchema:
    """Builds the executable schema of one subgraph."""

    def __init__(self, universe: Universe, graph: str) -> None:
        self.universe = universe
        self.graph = graph
        self.types: dict[str, GraphQLNamedType] = {}
        self.entities: list[str] = []

    def build(self) -> GraphQLSchema:
        supergraph = self.universe.supergraph
        own = [item for item in supergraph.types.values() if self.graph in item.graphs]
        for item in own:
            self._declare(item)
        self.entities = sorted(
            {
                item.name
                for item in own
                if any(join.graph == self.graph and join.key and join.resolvable for join in item.joins)
                and (self.graph in item.interface_object_graphs or self.universe.possible_in(item, self.graph))
            }
        )
        roots = {kind: self.types.get(name) for kind, name in supergraph.root_types.items()}
        query = roots.get("query")
        return GraphQLSchema(
            query=query if isinstance(query, GraphQLObjectType) else None,
            mutation=_usable(roots.get("mutation")),
            subscription=_usable(roots.get("subscription")),
            types=list(self.types.values()),
        )

    def _declare(self, item: TypeDefinition) -> None:
        if item.kind is TypeKind.OBJECT or self.graph in item.interface_object_graphs:
            self.types[item.name] = GraphQLObjectType(
                item.name,
                lambda: self._fields(item),
                interfaces=lambda: [self._get(name) for name in sorted(item.interfaces_by_graph.get(self.graph, ()))],
            )
        elif item.kind is TypeKind.INTERFACE:
            self.types[item.name] = GraphQLInterfaceType(
                item.name,
                lambda: self._fields(item),
                interfaces=lambda: [self._get(name) for name in sorted(item.interfaces_by_graph.get(self.graph, ()))],
                resolve_type=self._resolve_type,
            )
        elif item.kind is TypeKind.UNION:
            self.types[item.name] = GraphQLUnionType(
                item.name,
                lambda: [self._get(name) for name in sorted(self.universe.possible_in(item, self.graph))],
                resolve_type=self._resolve_type,
            )
        else:
            found = self.universe.inputs.type_map.get(item.name)
            if found is not None:
                self.types[item.name] = found

    def _resolve_type(self, thing: Thing, _info: GraphQLResolveInfo[Any], _kind: Any) -> str:
        if thing.type in self.types:
            return thing.type
        parents = self.universe.supergraph.types[thing.type].interfaces
        return next(name for name in sorted(parents) if name in self.types)

    def _get(self, name: str) -> Any:
        found = self.types.get(name) or self.universe.inputs.type_map.get(name)
        if found is None:
            found = self.types[name] = specified_scalar_types.get(name) or GraphQLScalarType(name)
        return found

    def _fields(self, item: TypeDefinition) -> dict[str, GraphQLField]:
        fields: dict[str, GraphQLField] = {}
        whole = self.universe.inputs.type_map.get(item.name)
        for name, definition in item.fields.items():
            join = join_in(item, name, self.graph, self.universe.active_labels)
            if join is None:
                continue
            reference = definition.subgraph_types.get(self.graph, definition.type)
            arguments: dict[str, GraphQLArgument] = {}
            if isinstance(whole, GraphQLObjectType | GraphQLInterfaceType) and name in whole.fields:
                arguments = dict(whole.fields[name].args)
            arguments |= {use.name: GraphQLArgument(self._wrap(use.type)) for use in join.context_arguments}
            fields[name] = GraphQLField(self._wrap(reference.text), arguments, resolve=self._resolver(item, name, join))
        if self.entities and item.name == self.universe.supergraph.root_types["query"]:
            fields["_entities"] = self._entities_field()
        return fields or {"_none": GraphQLField(self._get("Int"))}

    def _wrap(self, text: str) -> Any:
        stripped = text.strip()
        if stripped.endswith("!"):
            return GraphQLNonNull(self._wrap(stripped[:-1]))
        if stripped.startswith("["):
            return GraphQLList(self._wrap(stripped[1:-1]))
        return self._get(stripped)

    def _resolver(self, item: TypeDefinition, name: str, join: JoinField) -> Any:
        requires = parse_field_set(join.requires) if join.requires else ()
        provides = parse_field_set(join.provides) if join.provides else ()
        is_elsewhere = join.external or (join.used_overridden and join.override_label is None)

        def resolve(source: Thing | None, _info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
            given = self._given(source, name)
            if is_elsewhere and given is None:
                raise Refused(f"{item.name}.{name} is external")
            if requires and (source is None or source.sent is None):
                raise Refused(f"{item.name}.{name} was asked without what it requires")
            if requires and source is not None and not self.universe.matches(source, source.sent, requires):
                raise Refused(f"{item.name}.{name} was sent {source.sent}, which is not what it requires")
            filled = {use.name for use in join.context_arguments}
            if not filled <= arguments.keys():
                raise Refused(f"{item.name}.{name} was asked without what its context gives")
            known = self.universe.known_arguments(source.type if source else item.name, name) | filled
            seen = {key: value for key, value in arguments.items() if key in known}
            value = self.universe.value(source, item.name, name, seen)
            return _provide(value, (*provides, *(given or ())))

        return resolve

    def _given(self, source: Thing | None, name: str) -> SelectionSet | None:
        """What was provided below the field, None when the field itself was not."""
        if source is None:
            return None
        found: list[Any] = []
        is_given = False
        for item in _flat(self.universe, source, source.provided):
            if item.name == name:
                is_given = True
                found.extend(item.selections)
        return tuple(found) if is_given else None

    def _entities_field(self) -> GraphQLField:
        members = [self._get(name) for name in self.entities]
        concrete = {
            inner: self._get(inner)
            for member in members
            if isinstance(member, GraphQLInterfaceType)
            for inner in self.universe.possible_in(self.universe.supergraph.types[member.name], self.graph)
        }
        concrete |= {member.name: member for member in members if isinstance(member, GraphQLObjectType)}
        union = GraphQLUnionType("_Entity", list(concrete.values()), resolve_type=self._resolve_type)
        anything = GraphQLNonNull(GraphQLScalarType("_Any"))
        return GraphQLField(
            GraphQLNonNull(GraphQLList(union)),
            {"representations": GraphQLArgument(GraphQLNonNull(GraphQLList(anything)))},
            resolve=lambda _source, _info, representations: [self._find(sent) for sent in representations],
        )

    def _find(self, sent: dict[str, Any]) -> Thing:
        name = sent["__typename"]
        definition = self.universe.supergraph.types[name]
        keys = [
            parse_field_set(join.key)
            for join in definition.joins
            if join.graph == self.graph and join.key and join.resolvable
        ]
        for concrete in sorted(self.universe.concrete(definition)):
            for index in range(SIZE):
                thing = Thing(concrete, index, sent=sent)
                if any(self.universe.matches(thing, sent, key) for key in keys):
                    return thing
        raise Refused(f"no {name} is what was sent: {sent}")


def _usable(kind: Any) -> GraphQLObjectType | None:
    return kind if isinstance(kind, GraphQLObjectType) and "_none" not in kind.fields else None


def _flat(universe: Universe, thing: Thing, selections: SelectionSet) -> Iterable[Field]:
    for item in selections:
        if isinstance(item, Field):
            yield item
        elif item.type_condition is None or thing.type in universe.concrete_of(item.type_condition):
            yield from _flat(universe, thing, item.selections)


def _provide(value: Any, provided: SelectionSet) -> Any:
    if isinstance(value, list):
        return [_provide(item, provided) for item in value]
    if isinstance(value, Thing):
        return Thing(value.type, value.index, provided)
    return value


def _truth_schema(universe: Universe) -> GraphQLSchema:
    """The API schema over the world."""
    schema = universe.supergraph.api_schema
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = lambda thing, _info, _kind: thing.type
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, item in kind.fields.items():
                item.resolve = _truth_resolver(universe, kind.name, name)
    return schema


def _truth_resolver(universe: Universe, type_name: str, name: str) -> Any:
    joins = universe.supergraph.types[type_name].fields[name].joins

    def resolve(source: Thing | None, _info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        for use in (use for join in joins for use in join.context_arguments):
            assert source is not None
            arguments[use.name] = universe.from_context(source, use)
            if arguments[use.name] is None and use.type.endswith("!"):
                return None
        above = (source, *(source.above if source is not None else ()))
        return _place_below(universe.value(source, type_name, name, arguments), above)

    return resolve


def _place_below(value: Any, above: tuple[Thing | None, ...]) -> Any:
    if isinstance(value, list):
        return [_place_below(item, above) for item in value]
    return replace(value, above=above) if isinstance(value, Thing) else value


def transport_to(universe: Universe) -> ScriptedTransport:
    """The subgraphs of a universe as the executor reaches them: by bytes."""

    def respond(request: SubgraphRequest) -> dict[str, Any]:
        body = json.loads(request.body)
        return {"data": universe.ask(request.subgraph, body["query"], body.get("variables") or {})}

    return ScriptedTransport(respond=respond)
