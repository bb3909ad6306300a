"""One made-up world behind all subgraphs of a supergraph: every object has an identity, every field one true value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType

from entrepot.router.federation.joins import ContextArgument, JoinField
from entrepot.router.selection import Field, SelectionSet
from entrepot.router.supergraph import Supergraph, TypeDefinition, TypeKind, parse_field_set

SIZE = 3
"""How many objects of each type there are."""


@dataclass(frozen=True)
class Thing:
    """An object of the world; `provided` and `sent` say how a subgraph came to it, `above` how the client did.

    `above` lists the objects on the way, the nearest first; None is the root.
    """

    type: str
    index: int
    provided: SelectionSet = field(default=(), compare=False)
    sent: Any = field(default=None, compare=False)
    above: tuple[Thing | None, ...] = field(default=(), compare=False)


class Refused(AssertionError):
    """A subgraph was asked for what it must not be asked for."""


class World:
    """The objects and values; the same for every subgraph and for the truth."""

    def __init__(self, supergraph: Supergraph, active_labels: frozenset[str]) -> None:
        self.supergraph = supergraph
        self.active_labels = active_labels
        self.enums = {
            name: kind for name, kind in supergraph.api_schema.type_map.items() if isinstance(kind, GraphQLEnumType)
        }

    def value(self, thing: Thing | None, type_name: str, name: str, arguments: dict[str, Any]) -> Any:
        """The true value of a field: nested lists of things and leaves."""
        is_root = thing is None or thing.type == self.supergraph.root_types["query"]
        owner = "root" if thing is None or is_root else f"{thing.type}-{thing.index}"
        lookup = thing.type if thing is not None else type_name
        definition = self.supergraph.types[lookup].fields[name]
        given = ",".join(f"{key}={arguments[key]}" for key in sorted(arguments) if arguments[key] is not None)
        seed = f"{owner}.{name}({given})"
        return self._make(definition.type.name, definition.type.shape, seed, lookup, name)

    def _make(self, type_name: str, shape: tuple[bool, ...], seed: str, owner: str, name: str) -> Any:
        number = crc32(seed.encode())
        is_key = name in self._key_names(owner)
        if not shape[0] and not is_key and number % 7 == 0:
            return None
        if len(shape) > 1:
            known = self.supergraph.types.get(type_name)
            is_void = known is not None and bool(known.joins) and not self._may_exist(owner, name, known)
            count = 0 if is_void else 1 + number % 3
            return [self._make(type_name, shape[1:], f"{seed}[{index}]", owner, name) for index in range(count)]
        if type_name in self.enums:
            return min(self.enums[type_name].values)
        definition = self.supergraph.types.get(type_name)
        if definition is None or definition.kind in {TypeKind.SCALAR, TypeKind.ENUM}:
            return _leaf(type_name, number, seed)
        types = self._types_everywhere(owner, name, definition)
        return Thing(types[number % len(types)], number % SIZE) if types else None

    def _may_exist(self, owner: str, name: str, definition: TypeDefinition) -> bool:
        is_abstract = definition.kind in {TypeKind.INTERFACE, TypeKind.UNION}
        return not is_abstract or bool(self._types_everywhere(owner, name, definition))

    def _key_names(self, type_name: str) -> set[str]:
        return {
            item.name
            for join in self.supergraph.types[type_name].joins
            if join.key
            for item in parse_field_set(join.key)
            if isinstance(item, Field)
        }

    def known_arguments(self, type_name: str, name: str) -> set[str]:
        """The arguments that a client can give: the others keep their default, whoever asks."""
        kind = self.supergraph.api_schema.type_map.get(type_name)
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) or name not in kind.fields:
            return set()
        return set(kind.fields[name].args)

    def from_context(self, thing: Thing, use: ContextArgument) -> Any:
        """What the nearest object above that sets the context has for the selection."""
        for above in thing.above:
            name = above.type if above is not None else self.supergraph.root_types["query"]
            if use.context in self._contexts_of(name):
                return self._read(above, name, parse_field_set(use.selection))
        raise Refused(f"nothing above {thing.type} sets {use.context}")

    def _contexts_of(self, name: str) -> set[str]:
        return {
            context
            for item in self.supergraph.types.values()
            if item.contexts and name in (item.name, *self.concrete(item))
            for context in item.contexts
        }

    def _read(self, thing: Thing | None, name: str, selections: SelectionSet) -> Any:
        """The one leaf that the selection has of an object of the type; lists on the way to it stay lists."""
        for item in selections:
            if isinstance(item, Field):
                return self._read_value(self.value(thing, name, item.name, {}), item.selections)
            if item.type_condition is None or name in self.concrete_of(item.type_condition):
                return self._read(thing, name, item.selections)
        raise Refused(f"the context's selection has nothing for {name}")

    def _read_value(self, value: Any, selections: SelectionSet) -> Any:
        if isinstance(value, list):
            return [self._read_value(item, selections) for item in value]
        return self._read(value, value.type, selections) if isinstance(value, Thing) else value

    def concrete_of(self, name: str) -> set[str]:
        return self.concrete(self.supergraph.types[name])

    def concrete(self, definition: TypeDefinition) -> set[str]:
        if definition.kind is TypeKind.OBJECT:
            return {definition.name}
        if definition.kind is TypeKind.UNION:
            return set(definition.members)
        return {
            item.name
            for item in self.supergraph.types.values()
            if item.kind is TypeKind.OBJECT and definition.name in item.interfaces
        }

    def _types_everywhere(self, owner: str, name: str, definition: TypeDefinition) -> list[str]:
        """The types that all subgraphs which declare the field can return there."""
        known = self.concrete(definition)
        parent = self.supergraph.types[owner]
        for graph in parent.graphs:
            join = join_in(parent, name, graph, self.active_labels)
            if join is None:
                continue
            declared = parent.fields[name].subgraph_types.get(graph, parent.fields[name].type).name
            local = self.supergraph.types[declared]
            if graph not in local.interface_object_graphs:
                known &= self.possible_in(local, graph)
        return sorted(name for name in known if not self.supergraph.types[name].is_inaccessible)

    def possible_in(self, definition: TypeDefinition, graph: str) -> set[str]:
        if definition.kind is TypeKind.OBJECT:
            return {definition.name}
        if definition.kind is TypeKind.UNION:
            return set(definition.members_by_graph.get(graph, ()))
        return {
            item.name
            for item in self.supergraph.types.values()
            if item.kind is TypeKind.OBJECT and definition.name in item.interfaces_by_graph.get(graph, ())
        }

    def matches(self, thing: Thing, sent: Any, selections: SelectionSet) -> bool:
        """Whether what was sent for the selection is true of the thing."""
        for item in selections:
            if not isinstance(item, Field):
                is_meant = item.type_condition is None or thing.type in self.concrete_of(item.type_condition)
                if is_meant and not self.matches(thing, sent, item.selections):
                    return False
                continue
            if item.name == "__typename":
                continue
            if item.name not in sent:
                return False
            # A field with a context has a value for each object that may stand above: what is sent may be any.
            if any(join.context_arguments for join in self.supergraph.types[thing.type].fields[item.name].joins):
                continue
            arguments = {argument.name: argument.value.strip('"') for argument in item.arguments}
            true = self.value(thing, thing.type, item.name, arguments)
            if not self._equal(true, sent[item.name], item.selections):
                return False
        return True

    def _equal(self, true: Any, sent: Any, selections: SelectionSet) -> bool:
        if isinstance(true, list):
            return (
                isinstance(sent, list)
                and len(true) == len(sent)
                and all(self._equal(left, right, selections) for left, right in zip(true, sent, strict=True))
            )
        if isinstance(true, Thing):
            return isinstance(sent, dict) and self.matches(true, sent, selections)
        return bool(true == sent)


def join_in(definition: TypeDefinition, name: str, graph: str, active_labels: frozenset[str]) -> JoinField | None:
    """How the subgraph defines the field, None when it does not or a progressive override says otherwise."""
    item = definition.fields[name]
    for join in item.joins:
        if join.graph == graph:
            is_ours = join.override_label is None or (join.override_label in active_labels) == (
                join.override is not None
            )
            return join if is_ours else None
    return None if item.joins else JoinField(graph)


def _leaf(type_name: str, number: int, seed: str) -> Any:
    if type_name == "Int":
        return number % 1000
    if type_name == "Float":
        return number % 1000 / 2
    if type_name == "Boolean":
        return number % 2 == 0
    return seed
