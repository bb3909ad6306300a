"""Looking ahead: what it takes to complete a selection set from one subgraph, without building anything.

Selection sets are walked, not leaves: each place knows the subgraph that holds it, and each field's options are to be
answered there or to hop to a subgraph that can. Costs found on the way are remembered, so that a selection set that
can be reached by many paths is walked once for each way of holding it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from entrepot.router.graph import FieldEdge, Graph
from entrepot.router.planning.collected_fields import Wanted, Wants
from entrepot.router.planning.lookahead.budget import Budget
from entrepot.router.planning.lookahead.cover import choose_cover
from entrepot.router.planning.lookahead.entity_moves import Hops, is_given
from entrepot.router.planning.lookahead.fetch_set import Cost, count_waves
from entrepot.router.planning.lookahead.interface_objects import Opaque
from entrepot.router.planning.lookahead.options import Choice, Option, join_options
from entrepot.router.planning.lookahead.places import Place, Places
from entrepot.router.planning.lookahead.split_fields import Parts
from entrepot.router.selection import SelectionSet

_Key = tuple[Place, int, bool, int]


@dataclass(slots=True)
class Walk:
    """The look-ahead of one planning run."""

    graph: Graph
    hops: Hops
    wants: Wants
    places: Places
    budget: Budget
    width: int = field(init=False)
    opaque: Opaque = field(init=False)
    parts: Parts = field(init=False)
    _memo: dict[_Key, tuple[SelectionSet, Cost | None]] = field(default_factory=dict)
    _running: set[_Key] = field(default_factory=set)
    _choices: dict[tuple[Place, int, str, int, bool], tuple[Wanted, list[Choice]]] = field(default_factory=dict)
    _cuts: int = 0
    _selected: dict[tuple[_Key, str], Cost | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.width = len(self.graph.graphs)
        self.opaque = Opaque(self)
        self.parts = Parts(self)

    def complete(self, place: Place, selections: SelectionSet, *, for_requirement: bool) -> Cost | None:
        """What completing the selection at the place costs beyond the fetch that holds it; None: it cannot be done."""
        memo = (place, id(selections), for_requirement, id(place.provided))
        if memo in self._memo:
            return self._memo[memo][1]
        if memo in self._running:
            self._cuts += 1
            return None
        self.budget.spend()
        cuts = self._cuts
        self._running.add(memo)
        try:
            cost = self._complete(place, selections, for_requirement=for_requirement)
        finally:
            self._running.discard(memo)
        if self._is_final(cuts):
            self._memo[memo] = (selections, cost)
        return cost

    def _is_final(self, cuts: int) -> bool:
        """Whether a result may be remembered: one that a circle of requirements cut short holds only inside it."""
        return cuts == self._cuts or not self._running

    def _complete(self, place: Place, selections: SelectionSet, *, for_requirement: bool) -> Cost | None:
        if self.places.is_interface_object(place):
            opaque = self.opaque.plan(place, selections, for_requirement=for_requirement)
            return None if opaque is None else opaque.cost
        types = self.places.types_at(place)
        if not types:
            return self._complete_empty(place, selections)
        total: Cost = 0
        for group in self.wants.classes(selections, types, place.provided):
            cost = self.complete_class(place, group.sample, group.wants, for_requirement=for_requirement)
            if cost is None:
                return None
            total |= cost
        return total

    def _complete_empty(self, place: Place, selections: SelectionSet) -> Cost | None:
        """No object can stand here that every holder knows; yet what is selected on the interface must be its own."""
        wants = self.wants.of(selections, place.type_name)
        node = self.graph.nodes.get((place.graph, place.type_name))
        is_known = node is not None and all(want.name in (*node.fields, "__typename") for want in wants)
        return 0 if is_known else None

    def complete_class(
        self, place: Place, type_name: str, wants: tuple[Wanted, ...], *, for_requirement: bool
    ) -> Cost | None:
        """The cost of all fields wanted of objects of one type, covered together."""
        rows: list[list[Choice]] = []
        for want in wants:
            if want.name == "__typename" or self.free_edge(place, type_name, want) is not None:
                continue
            choices = self.choices(place, type_name, want, for_requirement=for_requirement)
            if not choices:
                return None
            rows.append(choices)
        if not rows:
            return 0
        total: Cost = 0
        for choice in choose_cover(rows, 0, self.width, self.budget):
            total |= choice.cost
        return total

    def free_edge(self, place: Place, type_name: str, want: Wanted) -> FieldEdge | None:
        """The edge of a leaf that is answered where it stands, None for any other field."""
        edge = self.graph.edges_of(type_name, want.name).get(place.graph)
        return edge if edge is not None and edge.is_leaf and self.resolves(edge, place, type_name) else None

    def choices(self, place: Place, type_name: str, want: Wanted, *, for_requirement: bool) -> list[Choice]:
        """The ways to resolve the field whole, the one that stays here first; in parts only where none is whole."""
        memo = (place, id(place.provided), type_name, id(want), for_requirement)
        if memo in self._choices:
            return self._choices[memo][1]
        cuts = self._cuts
        found = self._find_choices(place, type_name, want, for_requirement=for_requirement)
        if self._is_final(cuts):
            # Wanted fields are told apart by identity: kept beside the choices, they stay alive.
            self._choices[memo] = (want, found)
        return found

    def _find_choices(self, place: Place, type_name: str, want: Wanted, *, for_requirement: bool) -> list[Choice]:
        options = self._options(place, type_name, want, want.selections, for_requirement=for_requirement)
        if options:
            return [Choice((option,), option.cost) for option in options]
        if not want.selections:
            return []
        parts = self.parts.split(place, type_name, want, for_requirement=for_requirement)
        return [join_options(parts)] if parts else []

    def root_choices(self, root_type: str, want: Wanted, *, may_split: bool) -> list[Choice]:
        """The ways to resolve a root field: at one subgraph, or (`may_split`) in parts at several side by side."""
        options: list[Option] = []
        for graph, edge in self.graph.edges_of(root_type, want.name).items():
            if edge.is_external or edge.needs_input:
                continue
            option = self.stay(
                self.places.root(graph, root_type), edge, root_type, want.selections, for_requirement=False
            )
            if option is not None:
                options.append(replace(option, cost=option.cost | self.graph.bits[graph]))
        if options:
            return [Choice((option,), option.cost) for option in options]
        parts = self.parts.split_root(root_type, want) if may_split and want.selections else ()
        return [join_options(parts)] if parts else []

    def has_choice(self, place: Place, type_name: str, want: Wanted, *, for_requirement: bool) -> bool:
        """Whether the field can be resolved at all."""
        return bool(self.choices(place, type_name, want, for_requirement=for_requirement))

    def is_here(self, place: Place, type_name: str, want: Wanted, *, for_requirement: bool) -> bool:
        """Whether the place's own subgraph resolves the field, and what is below it can be completed."""
        edge = self.graph.edges_of(type_name, want.name).get(place.graph)
        if edge is None or not self.resolves(edge, place, type_name):
            return False
        return self.stay(place, edge, type_name, want.selections, for_requirement=for_requirement) is not None

    def resolves(self, edge: FieldEdge, place: Place, type_name: str) -> bool:
        """Whether the place's own subgraph answers the field where it stands."""
        if edge.needs_input:
            return False
        if not edge.is_external:
            return True
        given = self.hops.wants.named(place.provided, type_name, edge.name) if place.provided else None
        return is_given(edge, is_provided=given is not None)

    def _options(
        self, place: Place, type_name: str, want: Wanted, selections: SelectionSet, *, for_requirement: bool
    ) -> list[Option]:
        edges = self.graph.edges_of(type_name, want.name)
        options: list[Option] = []
        here = edges.get(place.graph)
        if here is not None and self.resolves(here, place, type_name):
            option = self.stay(place, here, type_name, selections, for_requirement=for_requirement)
            if option is not None:
                options.append(option)
                if not option.cost or self.budget.is_greedy:
                    return options
        for graph, edge in edges.items():
            if edge.is_external or (graph == place.graph and not edge.needs_input):
                continue
            option = self.leave(place, edge, type_name, selections, for_requirement=for_requirement)
            if option is not None:
                options.append(option)
                if self.budget.is_greedy:
                    break
        return options

    def stay(
        self, place: Place, edge: FieldEdge, type_name: str, selections: SelectionSet, *, for_requirement: bool
    ) -> Option | None:
        if edge.is_leaf:
            return Option(edge, None, selections, 0)
        provided = self.places.provided_below(edge, type_name, place.provided)
        below = self.places.below(place, edge, type_name, provided, for_requirement=for_requirement)
        cost = self.complete(below, selections, for_requirement=for_requirement)
        return None if cost is None else Option(edge, None, selections, cost)

    def leave(
        self, place: Place, edge: FieldEdge, type_name: str, selections: SelectionSet, *, for_requirement: bool
    ) -> Option | None:
        hop = self.hops.table(place.graph, type_name, place.provided).get(edge.graph)
        if hop is None:
            return None
        self.budget.spend()
        cost, wave = hop.cost, hop.wave
        if edge.needs_input:
            needed = self._complete_input(place, type_name, edge)
            if needed is None:
                return None
            cost |= needed
            wave = max(wave, count_waves(needed, self.width) + 1)
        cost |= self.graph.bits[edge.graph] << wave * self.width
        if not edge.is_leaf:
            below = self.places.below(place, edge, type_name, edge.provides, for_requirement=for_requirement)
            deeper = self.complete(below, selections, for_requirement=for_requirement)
            if deeper is None:
                return None
            cost |= deeper << wave * self.width
        return Option(edge, hop, selections, cost)

    def _complete_input(self, place: Place, type_name: str, edge: FieldEdge) -> Cost | None:
        """What it costs to have all that must be sent for the field beside the key; None when it cannot be had.

        What a context is read from counts as if it stood here: it stands above, so that this is the most it can be.
        """
        at = replace(place, possible=frozenset((type_name,)), holders=frozenset((place.graph,)))
        cost = self._complete_selected(at, type_name, edge.requires) if edge.requires else 0
        for use in edge.contexts:
            source = place.source(use.context)
            if source is None or cost is None or not self.wants.of(use.selections, source.type_name):
                return None
            read = self._complete_selected(source.place, source.type_name, use.selections)
            cost = None if read is None else cost | read
        return cost

    def _complete_selected(self, at: Place, type_name: str, selections: SelectionSet) -> Cost | None:
        memo = (at, id(selections), True, id(at.provided))
        if (memo, type_name) in self._selected:
            return self._selected[memo, type_name]
        if memo in self._running:
            self._cuts += 1
            return None
        cuts = self._cuts
        self._running.add(memo)
        try:
            cost = self.complete_class(at, type_name, self.wants.of(selections, type_name), for_requirement=True)
        finally:
            self._running.discard(memo)
        if self._is_final(cuts):
            self._selected[memo, type_name] = cost
        return cost
