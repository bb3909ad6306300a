"""The cheapest key hops between subgraphs, for each type: which keys, read where, and through whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from entrepot.router.graph import EntityKey, FieldEdge, Graph
from entrepot.router.planning.collected_fields import Wants
from entrepot.router.planning.lookahead.fetch_set import Cost, count_waves, price
from entrepot.router.selection import Field, SelectionSet


@dataclass(frozen=True, slots=True)
class Hop:
    """How to get from one subgraph to another at an object of one type.

    `parts` says which subgraph gives which fields of the key; others than the start are hopped to before, which `cost`
    holds; `wave` counts from the start's fetch.
    """

    target: str
    key: EntityKey
    wave: int
    parts: tuple[tuple[str, SelectionSet], ...]
    cost: Cost


Table = Mapping[str, Hop]


@dataclass(slots=True)
class Hops:
    """The hops of a graph, found for a type and start when first asked for and kept with the graph."""

    graph: Graph
    wants: Wants
    _tables: dict[tuple[str, str, int], tuple[SelectionSet, Table]] = field(default_factory=dict)
    _running: set[tuple[str, str, int]] = field(default_factory=set)
    _is_partial: bool = False

    def table(self, start: str, type_name: str, provided: SelectionSet = ()) -> Table:
        """The cheapest hop to each subgraph that can be reached; to the start itself when it can be entered again.

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
        # A table that was found while one it asked for was still open may lack hops: it is not kept, unless it is
        # the outermost, which no open one can have cut short.
        if not self._is_partial or not self._running:
            self._tables[place] = (provided, table)
        self._is_partial = (before or self._is_partial) and bool(self._running)
        return table

    def settle(self, graph: str, type_name: str, selections: SelectionSet, provided: SelectionSet = ()) -> Cost | None:
        """What it costs to read a key's selection from the subgraph; None when it cannot.

        The fields at the top are the subgraph's own; what is below them may be hopped for.
        """
        cost: Cost = 0
        for item in self.wants.of(selections, type_name):
            if item.name == "__typename":
                continue
            edge = self.graph.edges_of(type_name, item.name).get(graph)
            given = self.wants.named(provided, type_name, item.name) if provided else None
            if edge is None or not is_given(edge, is_provided=given is not None) or edge.needs_input:
                return None
            if item.selections:
                below = self.wants.join((edge.provides, given.selections if given else ()))
                deeper = self._settle_below(edge, item.selections, below)
                if deeper is None:
                    return None
                cost |= deeper
        return cost

    def _settle_below(self, edge: FieldEdge, selections: SelectionSet, provided: SelectionSet) -> Cost | None:
        node = self.graph.nodes.get((edge.graph, edge.type_name))
        if node is None:
            return None
        cost: Cost = 0
        for type_name in sorted(node.possible_types):
            for item in self.wants.of(selections, type_name):
                single = self.wants.as_selection(item)
                found = self.settle(edge.graph, type_name, single, provided)
                if found is None:
                    found = self._settle_elsewhere(edge.graph, type_name, item.name, single, provided)
                if found is None:
                    return None
                cost |= found
        return cost

    def _settle_elsewhere(
        self, start: str, type_name: str, name: str, single: SelectionSet, provided: SelectionSet
    ) -> Cost | None:
        width = len(self.graph.graphs)
        costs: list[Cost] = []
        for target, hop in sorted(self.table(start, type_name, provided).items()):
            if target not in self.graph.edges_of(type_name, name):
                continue
            deeper = self.settle(target, type_name, single)
            if deeper is not None:
                costs.append(hop.cost | (self.graph.bits[target] | deeper) << hop.wave * width)
        return min(costs, key=lambda cost: price(cost, width), default=None)

    def _search(self, start: str, type_name: str, provided: SelectionSet) -> Table:
        """Round by round: a subgraph is reached in the first wave in which one of its keys can be put together."""
        if type_name == self.graph.supergraph.root_types["query"]:
            return self._list_roots(start, type_name)
        waves: dict[str, int] = {start: 0}
        found: dict[str, Hop] = {}
        pending = [graph for graph in self.graph.graphs if self.graph.keys_of(graph, type_name)]
        while pending:
            reached: dict[str, Hop] = {}
            for target in pending:
                candidates = [
                    hop
                    for key in self.graph.keys_of(target, type_name)
                    if (hop := self._assemble(start, type_name, provided, waves, found, key, target)) is not None
                ]
                if candidates:
                    reached[target] = min(candidates, key=_hop_order)
            if not reached:
                break
            first = min(hop.wave for hop in reached.values())
            for target, hop in reached.items():
                if hop.wave == first:
                    found[target] = hop
                    waves.setdefault(target, hop.wave)
                    pending.remove(target)
        return found

    def _list_roots(self, start: str, type_name: str) -> Table:
        """The root of queries is the same object everywhere: it is entered without a key, wherever it is reached."""
        key = EntityKey((), "", is_resolvable=True, entity_type=type_name)
        found = [graph for graph in self.graph.graphs if graph != start and (graph, type_name) in self.graph.nodes]
        return {graph: Hop(graph, key, 1, (), 0) for graph in found}

    def _assemble(
        self,
        start: str,
        type_name: str,
        provided: SelectionSet,
        waves: Mapping[str, int],
        found: Mapping[str, Hop],
        key: EntityKey,
        target: str,
    ) -> Hop | None:
        parts: dict[str, list[Field]] = {}
        cost: Cost = 0
        width = len(self.graph.graphs)
        for item in key.fields:
            assert isinstance(item, Field)
            single = self.wants.single(item)
            givers: list[tuple[tuple[int, bool, int, str], Cost]] = []
            for graph in waves:
                if graph == target and graph != start:
                    continue
                settled = self.settle(graph, type_name, single, provided if graph == start else ())
                if settled is not None:
                    shifted = settled << waves[graph] * width
                    wave = waves[graph] + count_waves(settled, width)
                    givers.append(((wave, graph not in parts, shifted.bit_count(), graph), shifted))
            if not givers:
                return None
            (_, _, _, giver), settled = min(givers)
            parts.setdefault(giver, []).append(item)
            cost |= settled
            if giver != start:
                cost |= found[giver].cost | self.graph.bits[giver] << waves[giver] * width
        wave = 1 + count_waves(cost, width)
        return Hop(target, key, wave, tuple((giver, tuple(items)) for giver, items in parts.items()), cost)


def is_given(edge: FieldEdge, *, is_provided: bool) -> bool:
    """Whether the subgraph answers the field where it stands."""
    return is_provided or not edge.is_external


def moves_of(graph: Graph) -> Hops:
    """The hops of a graph, kept as long as the graph is."""
    hops = graph.kept.get(Hops)
    if not isinstance(hops, Hops):
        hops = graph.kept[Hops] = Hops(graph, Wants(graph))
    return hops


def _hop_order(hop: Hop) -> tuple[int, int, int, str]:
    return hop.wave, hop.cost.bit_count(), len(hop.key.fields), hop.key.text
