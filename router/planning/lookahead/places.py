"""Who can hold a position of the operation, and which concrete types its objects may have there."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.router.graph import FieldEdge, Graph
from entrepot.router.planning.lookahead.entity_moves import EntityMoves
from entrepot.router.selection import SelectionSet


@dataclass(frozen=True, slots=True)
class SubgraphPosition:
    """A position as one subgraph's fetch holds it.

    `type_name` is what that subgraph declares there; `provided` what it gives there by `@provides`; `possible` the
    concrete types that every holder knows; `holders` the subgraphs that could have resolved the same path.
    `contexts` says by name where the contexts that hold here were set: at the nearest object above that sets each.
    """

    subgraph: str
    type_name: str
    provided: SelectionSet = field(compare=False)  # compared by identity where it matters: see Walk
    possible: frozenset[str]
    holders: frozenset[str]
    contexts: tuple[tuple[str, ContextSource], ...] = ()

    def source(self, context: str) -> ContextSource | None:
        """Where the context was set, None when nothing above sets it."""
        return next((source for name, source in self.contexts if name == context), None)


@dataclass(frozen=True, slots=True)
class ContextSource:
    """An object above that sets a context: its place, and its type."""

    place: SubgraphPosition
    type_name: str


@dataclass(slots=True)
class SubgraphPositions:
    """Moves from place to place, remembered since the same moves come again and again."""

    graph: Graph
    moves: EntityMoves
    _holders: dict[tuple[str, str, frozenset[str]], frozenset[str]] = field(default_factory=dict)
    _possible: dict[tuple[str, str, frozenset[str]], frozenset[str]] = field(default_factory=dict)

    def root(self, subgraph: str, type_name: str) -> SubgraphPosition:
        types = frozenset((type_name,))
        return SubgraphPosition(subgraph, type_name, (), types, frozenset(self.graph.subgraphs))

    def below(
        self, place: SubgraphPosition, edge: FieldEdge, type_name: str, provided: SelectionSet, *, for_requirement: bool
    ) -> SubgraphPosition:
        """The position that the field leads to from an object of `type_name`, whichever subgraph resolves it.

        A client sees what all holders know; what is fetched for a `@requires` follows this one subgraph.
        """
        contexts = place.contexts
        if type_name in self.graph.contexts:
            contexts = self._set_contexts(place, edge, type_name)
        if for_requirement:
            known = self.graph.nodes[edge.subgraph, edge.type_name].possible_types
            return SubgraphPosition(
                edge.subgraph, edge.type_name, provided, known, frozenset((edge.subgraph,)), contexts
            )
        later = self._holders_below(type_name, edge.name, place.holders | {edge.subgraph})
        possible = self._possible_below(type_name, edge.name, later)
        return SubgraphPosition(edge.subgraph, edge.type_name, provided, possible, later, contexts)

    def _set_contexts(
        self, place: SubgraphPosition, edge: FieldEdge, type_name: str
    ) -> tuple[tuple[str, ContextSource], ...]:
        types, holders = frozenset((type_name,)), frozenset((edge.subgraph,))
        source = ContextSource(
            SubgraphPosition(edge.subgraph, edge.entity_type, (), types, holders, place.contexts), type_name
        )
        found = dict(place.contexts) | dict.fromkeys(self.graph.contexts[type_name], source)
        return tuple(sorted(found.items(), key=lambda item: item[0]))

    def is_interface_object(self, place: SubgraphPosition) -> bool:
        """Whether the subgraph holds the position as an `@interfaceObject` and cannot tell implementations apart."""
        node = self.graph.nodes.get((place.subgraph, place.type_name))
        return node is not None and node.is_interface_object

    def types_at(self, place: SubgraphPosition) -> frozenset[str]:
        """The concrete types that the place's own subgraph can return among those possible."""
        node = self.graph.nodes.get((place.subgraph, place.type_name))
        return place.possible if node is None else place.possible & node.possible_types

    def unshared_types_at(self, place: SubgraphPosition) -> frozenset[str]:
        """The concrete types that the place's own subgraph can return, and that some other holder does not know."""
        node = self.graph.nodes.get((place.subgraph, place.type_name))
        return node.possible_types - place.possible if node is not None and node.is_abstract else frozenset()

    def provided_below(self, edge: FieldEdge, type_name: str, provided: SelectionSet) -> SelectionSet:
        """What the subgraph gives below the field: what the field itself provides, and what was provided from above."""
        if not provided:
            return edge.provides
        given = self.moves.collector.named(provided, type_name, edge.name)
        return self.moves.collector.join((edge.provides, given.selections if given else ()))

    def _holders_below(self, type_name: str, field_name: str, holders: frozenset[str]) -> frozenset[str]:
        place = (type_name, field_name, holders)
        found = self._holders.get(place)
        if found is None:
            edges = self.graph.edges_of(type_name, field_name)
            reachable = set(holders)
            if len(edges) > 1:
                for holder in holders:
                    reachable.update(self.moves.table(holder, type_name))
            # A subgraph that gives the field only by @provides still is the one that answers here.
            found = frozenset(
                subgraph for subgraph, edge in edges.items() if not edge.is_external and subgraph in reachable
            )
            self._holders[place] = found
        return found

    def _possible_below(self, type_name: str, field_name: str, holders: frozenset[str]) -> frozenset[str]:
        place = (type_name, field_name, holders)
        found = self._possible.get(place)
        if found is None:
            found = self._intersect(type_name, field_name, holders)
            self._possible[place] = found
        return found

    def _intersect(self, type_name: str, field_name: str, holders: frozenset[str]) -> frozenset[str]:
        edges = self.graph.edges_of(type_name, field_name)
        returned = self.graph.supergraph.types[type_name].fields[field_name].type.name
        everywhere = self.graph.implementations.get(returned, frozenset((returned,)))
        known = everywhere
        for subgraph in holders:
            node = self.graph.nodes.get((subgraph, edges[subgraph].type_name))
            if node is not None and not node.is_interface_object:
                known &= node.possible_types
        return known
