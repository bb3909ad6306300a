"""Entity moves: the cheapest ways between subgraphs by key, per type, with the subgraphs that provide the key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from entrepot.router.graph import EntityKey, FieldEdge, Graph
from entrepot.router.planning.collected_fields import FieldCollector
from entrepot.router.planning.lookahead.fetch_set import FetchSet, cost, count_waves
from entrepot.router.selection import Field, SelectionSet


@dataclass(frozen=True, slots=True)
class EntityMove:
    """How to get from one subgraph to another at an object of one type.

    `parts` says which subgraph gives which fields of the key; others than the start are fetched from first, which
    `fetch_set` includes; `wave` counts from the start's fetch.
    """

    target: str
    key: EntityKey
    wave: int
    parts: tuple[tuple[str, SelectionSet], ...]
    fetch_set: FetchSet


MoveTable = Mapping[str, EntityMove]


@dataclass(slots=True)
class EntityMoves:
    """The entity moves of a graph, computed per type and start on first use and stored with the graph."""

    graph: Graph
    collector: FieldCollector
    _tables: dict[tuple[str, str, int], tuple[SelectionSet, MoveTable]] = field(default_factory=dict)
    _running: set[tuple[str, str, int]] = field(default_factory=set)
    _is_partial: bool = False

    def table(self, start: str, type_name: str, provided: SelectionSet = ()) -> MoveTable:
        """The cheapest move to each subgraph that can be reached, and to the start itself when it can be entered again.

        `provided` are fields that the start gives here by `@provides`, so that keys can be read from them.
        """
        place = (start, type_name, id(provided))
        found = self._tables.get(place)
        if found is not None:
            return found[1]
        if place in self._running:
            self._is_partial = True
            return {}
        self._running.add(place)
        before, self._is_partial = self._is_partial, False
        table = self._search(start, type_name, provided)
        self._running.discard(place)
        # A table that was computed while one that it needs was still open may lack moves: it is only stored if it is
        # the outermost, which no open one can have cut short.
        if not self._is_partial or not self._running:
            self._tables[place] = (provided, table)
        self._is_partial = (before or self._is_partial) and bool(self._running)
        return table

    def find_key_fetches(
        self, subgraph: str, type_name: str, selections: SelectionSet, provided: SelectionSet = ()
    ) -> FetchSet | None:
        """The fetches for reading a key's selection from the subgraph; None when it cannot be read.

        The fields at the top are the subgraph's own; what is below them may need entity moves.
        """
        fetch_set: FetchSet = 0
        for item in self.collector.of(selections, type_name):
            if item.name == "__typename":
                continue
            edge = self.graph.edges_of(type_name, item.name).get(subgraph)
            given = self.collector.named(provided, type_name, item.name) if provided else None
            if edge is None or not is_given(edge, is_provided=given is not None) or edge.needs_input:
                return None
            if item.selections:
                below = self.collector.join((edge.provides, given.selections if given else ()))
                deeper = self._find_key_fetches_below(edge, item.selections, below)
                if deeper is None:
                    return None
                fetch_set |= deeper
        return fetch_set

    def _find_key_fetches_below(
        self, edge: FieldEdge, selections: SelectionSet, provided: SelectionSet
    ) -> FetchSet | None:
        node = self.graph.nodes.get((edge.subgraph, edge.type_name))
        if node is None:
            return None
        fetch_set: FetchSet = 0
        for type_name in sorted(node.possible_types):
            for item in self.collector.of(selections, type_name):
                single = self.collector.as_selection(item)
                found = self.find_key_fetches(edge.subgraph, type_name, single, provided)
                if found is None:
                    found = self._find_key_fetches_elsewhere(edge.subgraph, type_name, item.name, single, provided)
                if found is None:
                    return None
                fetch_set |= found
        return fetch_set

    def _find_key_fetches_elsewhere(
        self, start: str, type_name: str, name: str, single: SelectionSet, provided: SelectionSet
    ) -> FetchSet | None:
        width = len(self.graph.subgraphs)
        fetch_sets: list[FetchSet] = []
        for target, move in sorted(self.table(start, type_name, provided).items()):
            if target not in self.graph.edges_of(type_name, name):
                continue
            deeper = self.find_key_fetches(target, type_name, single)
            if deeper is not None:
                fetch_sets.append(move.fetch_set | (self.graph.bits[target] | deeper) << move.wave * width)
        return min(fetch_sets, key=lambda fetch_set: cost(fetch_set, width), default=None)

    def _search(self, start: str, type_name: str, provided: SelectionSet) -> MoveTable:
        """Round by round: a subgraph is reached in the first wave in which one of its keys can be put together."""
        if type_name == self.graph.supergraph.root_types["query"]:
            return self._list_roots(start, type_name)
        waves: dict[str, int] = {start: 0}
        found: dict[str, EntityMove] = {}
        pending = [subgraph for subgraph in self.graph.subgraphs if self.graph.keys_of(subgraph, type_name)]
        while pending:
            reached: dict[str, EntityMove] = {}
            for target in pending:
                candidates = [
                    move
                    for key in self.graph.keys_of(target, type_name)
                    if (move := self._assemble(start, type_name, provided, waves, found, key, target)) is not None
                ]
                if candidates:
                    reached[target] = min(candidates, key=_move_order)
            if not reached:
                break
            first = min(move.wave for move in reached.values())
            for target, move in reached.items():
                if move.wave == first:
                    found[target] = move
                    waves.setdefault(target, move.wave)
                    pending.remove(target)
        return found

    def _list_roots(self, start: str, type_name: str) -> MoveTable:
        """The root of queries is the same object everywhere: it is entered without a key, wherever it is reached."""
        key = EntityKey((), "", is_resolvable=True, entity_type=type_name)
        found = [
            subgraph
            for subgraph in self.graph.subgraphs
            if subgraph != start and (subgraph, type_name) in self.graph.nodes
        ]
        return {graph: EntityMove(graph, key, 1, (), 0) for graph in found}

    def _assemble(
        self,
        start: str,
        type_name: str,
        provided: SelectionSet,
        waves: Mapping[str, int],
        found: Mapping[str, EntityMove],
        key: EntityKey,
        target: str,
    ) -> EntityMove | None:
        parts: dict[str, list[Field]] = {}
        fetch_set: FetchSet = 0
        width = len(self.graph.subgraphs)
        for item in key.fields:
            assert isinstance(item, Field)
            single = self.collector.single(item)
            sources: list[tuple[tuple[int, bool, int, str], FetchSet]] = []
            for subgraph in waves:
                if subgraph == target and subgraph != start:
                    continue
                key_fetches = self.find_key_fetches(subgraph, type_name, single, provided if subgraph == start else ())
                if key_fetches is not None:
                    shifted = key_fetches << waves[subgraph] * width
                    wave = waves[subgraph] + count_waves(key_fetches, width)
                    sources.append(((wave, subgraph not in parts, shifted.bit_count(), subgraph), shifted))
            if not sources:
                return None
            (_, _, _, source_subgraph), key_fetches = min(sources)
            parts.setdefault(source_subgraph, []).append(item)
            fetch_set |= key_fetches
            if source_subgraph != start:
                fetch_set |= (
                    found[source_subgraph].fetch_set
                    | self.graph.bits[source_subgraph] << waves[source_subgraph] * width
                )
        wave = 1 + count_waves(fetch_set, width)
        return EntityMove(
            target,
            key,
            wave,
            tuple((source_subgraph, tuple(items)) for source_subgraph, items in parts.items()),
            fetch_set,
        )


def is_given(edge: FieldEdge, *, is_provided: bool) -> bool:
    """Whether the subgraph answers the field where it stands."""
    return is_provided or not edge.is_external


def moves_of(graph: Graph) -> EntityMoves:
    """The entity moves of a graph, stored as long as the graph."""
    moves = graph.memo.get(EntityMoves)
    if not isinstance(moves, EntityMoves):
        moves = graph.memo[EntityMoves] = EntityMoves(graph, FieldCollector(graph))
    return moves


def _move_order(move: EntityMove) -> tuple[int, int, int, str]:
    return move.wave, move.fetch_set.bit_count(), _count_fields(move.key.fields), move.key.text


def _count_fields(selections: SelectionSet) -> int:
    return sum(isinstance(item, Field) + _count_fields(item.selections) for item in selections)
