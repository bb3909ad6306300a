"""What can be reached from a set of positions: by keys into other subgraphs, and down a selection."""

from __future__ import annotations

from entrepot.router.composition.definitions import FieldDefinition, Kind
from entrepot.router.composition.satisfiability.query_graph import Position, Positions, QueryGraph
from entrepot.router.composition.type_references import named_type
from entrepot.router.composition.usage import selections_of
from entrepot.router.selection import Field, Selection, SelectionSet

Options = dict[Position, FieldDefinition]


class Reach:
    """Answers under one assignment of override labels; every answer is computed once."""

    def __init__(self, query_graph: QueryGraph) -> None:
        self.query_graph = query_graph
        self._closures: dict[tuple[str, Positions], Positions] = {}
        self._running: dict[tuple[str, Positions], set[Position]] = {}
        self._requiring: set[tuple[Position, str, Positions]] = set()

    def close(self, type_name: str, positions: Positions) -> Positions:
        """All positions that hold a value of this type: the given ones and those that its keys lead to.

        Keys may lead on to further keys, so this repeats until nothing is added. While the answer for a type is
        being computed, a key of it that asks for the same answer gets what is known so far.
        """
        question = (type_name, positions)
        if question in self._closures:
            return self._closures[question]
        if question in self._running:
            return frozenset(self._running[question])
        found = self._running[question] = set(positions)
        if type_name in self.query_graph.schema.roots.values():
            found |= self.query_graph.root_positions(type_name)
        waiting = [entry for entry in self.query_graph.entries(type_name) if entry.target not in found]
        progress = True
        while progress and waiting:
            progress = False
            for entry in list(waiting):
                if entry.target in found:
                    waiting.remove(entry)
                elif self.can_select(type_name, frozenset(found), entry.key):
                    found.add(entry.target)
                    waiting.remove(entry)
                    progress = True
        del self._running[question]
        closed = frozenset(found)
        if not self._running and not self._requiring:
            # Only an answer that rests on no unfinished one is final.
            self._closures[question] = closed
        return closed

    def can_select(self, type_name: str, positions: Positions, selections: SelectionSet) -> bool:
        """Whether every part of a selection can be resolved, each from any of the positions."""
        query_graph = self.query_graph
        if query_graph.is_abstract(type_name) and query_graph.knows_typename(positions):
            return all(
                self._can_select_as(object_type, positions, selections)
                for object_type in sorted(query_graph.possible_types(positions))
            )
        return all(self._can_select_one(type_name, positions, selection) for selection in selections)

    def _can_select_one(self, type_name: str, positions: Positions, selection: Selection) -> bool:
        if isinstance(selection, Field):
            return self._can_select_field(type_name, positions, selection)
        condition = selection.type_condition or type_name
        applies = type_name == condition or type_name in self.query_graph.schema.runtime_types(condition)
        return not applies or self.can_select(type_name, positions, selection.selections)

    def _can_select_as(self, object_type: str, positions: Positions, selections: SelectionSet) -> bool:
        narrowed = self.query_graph.narrow(positions, object_type)
        return self.can_select(object_type, self.close(object_type, narrowed), selections)

    def _can_select_field(self, type_name: str, positions: Positions, selection: Field) -> bool:
        if selection.name == "__typename":
            return True
        options = self.options(type_name, positions, selection.name)
        if not options:
            return False
        if not selection.selections:
            return True
        children = self.children(options)
        returned = self.returned_type(type_name, next(iter(options.values())))
        return self.can_select(returned, self.close(returned, children), selection.selections)

    def returned_type(self, type_name: str, found: FieldDefinition) -> str:
        """The supergraph's type of a field, which may be wider than each subgraph's."""
        definition = self.query_graph.schema.types.get(type_name)
        merged = definition.fields.get(found.name) if definition else None
        return named_type((merged or found).type)

    def options(self, type_name: str, positions: Positions, name: str) -> Options:
        """The positions from which a field can be resolved, requirements included."""
        found: Options = {}
        for position in positions:
            definition = self.query_graph.field_at(position, name)
            if definition is None or not self.query_graph.is_resolved_here(position, definition):
                continue
            if self.meets_requirements(type_name, positions, position, definition):
                found[position] = definition
        return found

    def children(self, options: Options) -> Positions:
        return frozenset(self.query_graph.child(position, found) for position, found in options.items())

    def meets_requirements(
        self, type_name: str, positions: Positions, position: Position, found: FieldDefinition
    ) -> bool:
        """Whether what the field requires can be fetched, and the subgraph entered again with it.

        A requirement that comes back to itself on the way is not met.
        """
        if not found.has("requires"):
            return True
        question = (position, found.name, positions)
        if question in self._requiring:
            return False
        self._requiring.add(question)
        try:
            return self._check_requirements(type_name, positions, position, found)
        finally:
            self._requiring.discard(question)

    def _check_requirements(
        self, type_name: str, positions: Positions, position: Position, found: FieldDefinition
    ) -> bool:
        for application in found.applied("requires"):
            selections = selections_of(application)
            if self._is_at_hand(position, selections):
                continue
            if not self.can_select(type_name, positions, selections):
                return False
            if not self.can_return(type_name, positions, position):
                return False
        return True

    def can_return(self, type_name: str, positions: Positions, position: Position) -> bool:
        """Whether the subgraph has a key of the type whose fields it resolves itself, or are had elsewhere."""
        return any(
            entry.target.subgraph == position.subgraph
            and entry.target.type == position.type
            and (self._is_at_hand(entry.target, entry.key) or self.can_select(type_name, positions, entry.key))
            for entry in self.query_graph.entries(type_name)
        )

    def _is_at_hand(self, position: Position, selections: SelectionSet) -> bool:
        """Whether the subgraph resolves the whole selection at this position by itself."""
        return all(self._is_one_at_hand(position, selection) for selection in selections)

    def _is_one_at_hand(self, position: Position, selection: Selection) -> bool:
        query_graph = self.query_graph
        if not isinstance(selection, Field):
            condition = selection.type_condition or position.type
            if condition not in query_graph.subgraphs[position.subgraph].schema.types:
                return True
            return self._is_at_hand(Position(position.subgraph, condition, position.provided), selection.selections)
        if selection.name == "__typename":
            return True
        definition = query_graph.definition(position)
        found = definition.fields.get(selection.name)
        if found is None or (definition.kind is Kind.OBJECT and not query_graph.is_resolved_here(position, found)):
            return False
        return not selection.selections or self._is_at_hand(query_graph.child(position, found), selection.selections)
