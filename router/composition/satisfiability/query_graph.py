"""Where an operation can be: a type in a subgraph, with what the way there provides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from entrepot.router.composition.definitions import FieldDefinition, Kind, Schema, TypeDefinition
from entrepot.router.composition.merge import MergeState
from entrepot.router.composition.subgraph import Subgraph
from entrepot.router.composition.type_references import named_type
from entrepot.router.composition.usage import selections_of
from entrepot.router.federation.contexts import parse_from_context
from entrepot.router.federation.keys import parse_key
from entrepot.router.selection import Field, SelectionSet


@dataclass(frozen=True, slots=True)
class Position:
    """A value of `type` in `subgraph`; `provided` are external fields that come with it on this path."""

    subgraph: str
    type: str
    provided: SelectionSet = ()


Positions = frozenset[Position]


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A way into a subgraph by key: what must be known of the entity, and where one is then."""

    key: SelectionSet
    target: Position


class QueryGraph:
    """The subgraphs as one looks at them from a path: entries, fields and possible types."""

    def __init__(self, state: MergeState, active_labels: frozenset[str]) -> None:
        self.state = state
        self.schema: Schema = state.schema
        self.active_labels = active_labels
        self.subgraphs: dict[str, Subgraph] = {each.name: each for each in state.subgraphs}
        self._entries: dict[str, tuple[KeyEntry, ...]] = {}

    @cached_property
    def labels(self) -> frozenset[str]:
        return frozenset(label for result in self.state.overrides.values() for label in result.labels.values())

    @cached_property
    def _contexts_set(self) -> dict[str, frozenset[str]]:
        """The contexts that an object of each type sets, by its own `@context` and by those of its abstract types."""
        found: dict[str, frozenset[str]] = {}
        for definition in self.schema.types.values():
            names = frozenset(str(each.arguments["name"]) for each in definition.directives if each.name == "context")
            for name in self.schema.runtime_types(definition.name) if names else ():
                found[name] = found.get(name, frozenset()) | names
        return found

    def contexts_set(self, name: str) -> frozenset[str]:
        """The contexts that are known below an object of this type, by their names in the supergraph."""
        return self._contexts_set.get(name, frozenset())

    def contexts_read(self, position: Position, found: FieldDefinition) -> frozenset[str]:
        """The contexts from which arguments of this field are filled, by their names in the supergraph."""
        if "context" not in self.state.features:
            return frozenset()
        references = (
            parse_from_context(application.arguments)
            for argument in found.arguments.values()
            for application in argument.applied("fromContext")
        )
        return frozenset(f"{position.subgraph}__{each.context}" for each in references if each is not None)

    def definition(self, position: Position) -> TypeDefinition:
        return self.subgraphs[position.subgraph].schema.types[position.type]

    def root_positions(self, name: str) -> Positions:
        """All subgraphs' roots of this name."""
        return frozenset(
            Position(each.name, name)
            for each in self.subgraphs.values()
            if name in each.schema.types and each.schema.types[name].fields
        )

    def entries(self, name: str) -> tuple[KeyEntry, ...]:
        """The keys by which a value of this supergraph type can be fetched, in any subgraph."""
        if name not in self._entries:
            self._entries[name] = tuple(self._find_entries(name))
        return self._entries[name]

    def _find_entries(self, name: str) -> Iterator[KeyEntry]:
        for subgraph in self.subgraphs.values():
            for local in self._local_types(subgraph, name):
                for application in subgraph.schema.types[local].applied("key"):
                    selections = selections_of(application)
                    if selections and parse_key(application.arguments).is_resolvable:
                        yield KeyEntry(selections, Position(subgraph.name, local))

    def _local_types(self, subgraph: Subgraph, name: str) -> Iterator[str]:
        """The type itself and, for an implementation, the interface objects that stand for its interfaces."""
        if name in subgraph.schema.types:
            yield name
        for interface in sorted(self.state.interfaces.get(name, ())):
            if interface in subgraph.usage.interface_objects:
                yield interface

    def is_interface_object(self, position: Position) -> bool:
        return position.type in self.subgraphs[position.subgraph].usage.interface_objects

    def is_abstract(self, name: str) -> bool:
        definition = self.schema.types.get(name)
        return definition is not None and definition.kind in (Kind.INTERFACE, Kind.UNION)

    def narrow(self, positions: Positions, name: str) -> Positions:
        """The positions that remain when the value turns out to be of the object type `name`."""
        found: set[Position] = set()
        for position in positions:
            definition = self.definition(position)
            if self.is_interface_object(position):
                if position.type in self.state.interfaces.get(name, ()):
                    found.add(position)
            elif definition.kind is Kind.OBJECT:
                if position.type == name:
                    found.add(position)
            elif name in self.subgraphs[position.subgraph].schema.runtime_types(position.type):
                found.add(Position(position.subgraph, name, position.provided))
        return frozenset(found)

    def knows_typename(self, positions: Positions) -> bool:
        """Whether some position tells the object type, which an interface object does not."""
        return any(not self.is_interface_object(position) for position in positions)

    def possible_types(self, positions: Positions) -> frozenset[str]:
        """The object types that a value here can have, as far as the subgraphs know them."""
        found: set[str] = set()
        for position in positions:
            if not self.is_interface_object(position):
                found |= self.runtime_types(position)
        return frozenset(found)

    def runtime_types(self, position: Position) -> frozenset[str]:
        if self.is_interface_object(position):
            return self.schema.runtime_types(position.type)
        return self.subgraphs[position.subgraph].schema.runtime_types(position.type)

    def field_at(self, position: Position, name: str) -> FieldDefinition | None:
        return self.definition(position).fields.get(name)

    def is_resolved_here(self, position: Position, found: FieldDefinition) -> bool:
        """Whether the subgraph itself resolves the field: not external, or provided, and not overridden."""
        usage = self.subgraphs[position.subgraph].usage
        if usage.is_external(found) and not self._provided(position, found.name):
            return False
        return not self.is_overridden(position, found)

    def is_overridden(self, position: Position, found: FieldDefinition) -> bool:
        overrides = self.state.overrides.get(found.coordinate)
        if overrides is None:
            return False
        label = overrides.labels.get(position.subgraph)
        if label is None:
            return overrides.gives_way(position.subgraph)
        return found.has("override") != (label in self.active_labels)

    def child(self, position: Position, found: FieldDefinition) -> Position:
        """Where following a field from here leads, in the same subgraph."""
        provided: list[object] = []
        for application in found.applied("provides"):
            provided += selections_of(application)
        for each in self._provided(position, found.name):
            provided += each.selections
        return Position(position.subgraph, named_type(found.type), tuple(provided))  # type: ignore[arg-type]  # only selections are put in

    def _provided(self, position: Position, name: str) -> list[Field]:
        if not position.provided:
            return []
        return [each for each in self._flatten(position, position.provided) if each.name == name]

    def _flatten(self, position: Position, selections: SelectionSet) -> Iterator[Field]:
        for selection in selections:
            if isinstance(selection, Field):
                yield selection
            elif self._applies(position, selection.type_condition):
                yield from self._flatten(position, selection.selections)

    def _applies(self, position: Position, condition: str | None) -> bool:
        if condition is None or condition == position.type:
            return True
        runtime_types = self.subgraphs[position.subgraph].schema.runtime_types
        return runtime_types(position.type) <= runtime_types(condition)
