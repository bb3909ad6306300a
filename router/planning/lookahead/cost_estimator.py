"""The look-ahead of the planner: the fetches that complete a selection set from one subgraph, without building them.

Selection sets are visited, not leaves: a position knows the subgraph that holds it, and each field is resolved there or
by an entity move to another subgraph. Results are memoized, so that a selection set that is reached by many paths is
visited once per way of holding it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

from entrepot.router.graph import FieldEdge
from entrepot.router.planning.collected_fields import CollectedField
from entrepot.router.planning.lookahead.cover import choose_cover
from entrepot.router.planning.lookahead.entity_moves import is_given
from entrepot.router.planning.lookahead.fetch_set import FetchSet, count_waves
from entrepot.router.planning.lookahead.interface_objects import InterfaceObjects
from entrepot.router.planning.lookahead.options import Choice, Option, join_options
from entrepot.router.planning.lookahead.places import SubgraphPosition
from entrepot.router.planning.lookahead.remainder import Remainder
from entrepot.router.planning.lookahead.split_fields import FieldSplitter
from entrepot.router.selection import SelectionSet

_Key = tuple[SubgraphPosition, int, bool, int]


@dataclass(slots=True)
class CostEstimator(InterfaceObjects, FieldSplitter):
    """The look-ahead of one planning run."""

    _memo: dict[_Key, tuple[SelectionSet, FetchSet | None]] = field(default_factory=dict)
    _running: set[_Key] = field(default_factory=set)
    _choices: dict[tuple[SubgraphPosition, int, str, int, bool], tuple[CollectedField, list[Choice]]] = field(
        default_factory=dict
    )
    _cuts: int = 0
    _selected: dict[tuple[_Key, str], FetchSet | None] = field(default_factory=dict)
    _remainder: Remainder | None = None

    @property
    def remainder(self) -> Remainder:
        """What distinguishes choices of the same cost."""
        if self._remainder is None:
            self._remainder = Remainder(self)
        return self._remainder

    def complete(self, place: SubgraphPosition, selections: SelectionSet, *, for_requirement: bool) -> FetchSet | None:
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
            fetch_set = self._complete(place, selections, for_requirement=for_requirement)
        finally:
            self._running.discard(memo)
        if self._is_final(cuts):
            self._memo[memo] = (selections, fetch_set)
        return fetch_set

    def _is_final(self, cuts: int) -> bool:
        """Whether a result may be remembered: one that a circle of requirements cut short holds only inside it."""
        return cuts == self._cuts or not self._running

    def _complete(self, place: SubgraphPosition, selections: SelectionSet, *, for_requirement: bool) -> FetchSet | None:
        if self.places.is_interface_object(place):
            opaque = self.plan_interface_object(place, selections, for_requirement=for_requirement)
            return None if opaque is None else opaque.fetch_set
        types = self.places.types_at(place)
        if not types:
            return self._complete_empty(place, selections)
        total: FetchSet = 0
        for group in self.collector.classes(selections, types, place.provided):
            fetch_set = self.complete_class(place, group.representative, group.fields, for_requirement=for_requirement)
            if fetch_set is None:
                return None
            total |= fetch_set
        return total

    def _complete_empty(self, place: SubgraphPosition, selections: SelectionSet) -> FetchSet | None:
        """No object can stand here that every holder knows; yet what is selected on the interface must be its own."""
        collected_fields = self.collector.of(selections, place.type_name)
        node = self.graph.nodes.get((place.subgraph, place.type_name))
        is_known = node is not None and all(
            collected.name in (*node.fields, "__typename") for collected in collected_fields
        )
        return 0 if is_known else None

    def complete_class(
        self,
        place: SubgraphPosition,
        type_name: str,
        collected_fields: tuple[CollectedField, ...],
        *,
        for_requirement: bool,
    ) -> FetchSet | None:
        """The cost of all fields wanted of objects of one type, covered together."""
        rows: list[list[Choice]] = []
        for collected in collected_fields:
            if collected.name == "__typename" or self.free_edge(place, type_name, collected) is not None:
                continue
            choices = self.choices(place, type_name, collected, for_requirement=for_requirement)
            if not choices:
                return None
            rows.append(choices)
        if not rows:
            return 0
        total: FetchSet = 0
        remainder = partial(self.remainder.count, place, type_name, for_requirement=for_requirement)
        for choice in choose_cover(rows, 0, self.width, self.budget, remainder):
            total |= choice.fetch_set
        return total

    def free_edge(self, place: SubgraphPosition, type_name: str, collected: CollectedField) -> FieldEdge | None:
        edge = self.graph.edges_of(type_name, collected.name).get(place.subgraph)
        return edge if edge is not None and edge.is_leaf and self.resolves(edge, place, type_name) else None

    def choices(
        self, place: SubgraphPosition, type_name: str, collected: CollectedField, *, for_requirement: bool
    ) -> list[Choice]:
        memo = (place, id(place.provided), type_name, id(collected), for_requirement)
        if memo in self._choices:
            return self._choices[memo][1]
        cuts = self._cuts
        found = self._find_choices(place, type_name, collected, for_requirement=for_requirement)
        if self._is_final(cuts):
            # Collected fields are compared by identity: stored with the choices, they stay alive.
            self._choices[memo] = (collected, found)
        return found

    def _find_choices(
        self, place: SubgraphPosition, type_name: str, collected: CollectedField, *, for_requirement: bool
    ) -> list[Choice]:
        options = self._options(place, type_name, collected, collected.selections, for_requirement=for_requirement)
        if options:
            return [Choice((option,), option.fetch_set) for option in options]
        if not collected.selections:
            return []
        parts = self.split_field(place, type_name, collected, for_requirement=for_requirement)
        return [join_options(parts)] if parts else []

    def root_choices(self, root_type: str, collected: CollectedField, *, may_split: bool) -> list[Choice]:
        """The ways to resolve a root field: at one subgraph, or (`may_split`) in parts at several side by side."""
        options: list[Option] = []
        for subgraph, edge in self.graph.edges_of(root_type, collected.name).items():
            if edge.is_external or edge.needs_input:
                continue
            option = self.stay(
                self.places.root(subgraph, root_type), edge, root_type, collected.selections, for_requirement=False
            )
            if option is not None:
                options.append(replace(option, fetch_set=option.fetch_set | self.graph.bits[subgraph]))
        if options:
            return [Choice((option,), option.fetch_set) for option in options]
        parts = self.split_root(root_type, collected) if may_split and collected.selections else ()
        return [join_options(parts)] if parts else []

    def has_choice(
        self, place: SubgraphPosition, type_name: str, collected: CollectedField, *, for_requirement: bool
    ) -> bool:
        """Whether the field can be resolved at all."""
        return bool(self.choices(place, type_name, collected, for_requirement=for_requirement))

    def is_here(
        self, place: SubgraphPosition, type_name: str, collected: CollectedField, *, for_requirement: bool
    ) -> bool:
        """Whether the place's own subgraph resolves the field, and what is below it can be completed."""
        edge = self.graph.edges_of(type_name, collected.name).get(place.subgraph)
        if edge is None or not self.resolves(edge, place, type_name):
            return False
        return self.stay(place, edge, type_name, collected.selections, for_requirement=for_requirement) is not None

    def resolves(self, edge: FieldEdge, place: SubgraphPosition, type_name: str) -> bool:
        """Whether the place's own subgraph answers the field where it stands."""
        if edge.needs_input:
            return False
        if not edge.is_external:
            return True
        given = self.moves.collector.named(place.provided, type_name, edge.name) if place.provided else None
        return is_given(edge, is_provided=given is not None)

    def _options(
        self,
        place: SubgraphPosition,
        type_name: str,
        collected: CollectedField,
        selections: SelectionSet,
        *,
        for_requirement: bool,
    ) -> list[Option]:
        edges = self.graph.edges_of(type_name, collected.name)
        options: list[Option] = []
        here = edges.get(place.subgraph)
        if here is not None and self.resolves(here, place, type_name):
            option = self.stay(place, here, type_name, selections, for_requirement=for_requirement)
            if option is not None:
                options.append(option)
                if not option.fetch_set or self.budget.is_greedy:
                    return options
        for subgraph, edge in edges.items():
            if edge.is_external or (subgraph == place.subgraph and not edge.needs_input):
                continue
            option = self.leave(place, edge, type_name, selections, for_requirement=for_requirement)
            if option is not None:
                options.append(option)
                if self.budget.is_greedy:
                    break
        return options

    def stay(
        self,
        place: SubgraphPosition,
        edge: FieldEdge,
        type_name: str,
        selections: SelectionSet,
        *,
        for_requirement: bool,
    ) -> Option | None:
        if edge.is_leaf:
            return Option(edge, None, selections, 0)
        provided = self.places.provided_below(edge, type_name, place.provided)
        below = self.places.below(place, edge, type_name, provided, for_requirement=for_requirement)
        fetch_set = self.complete(below, selections, for_requirement=for_requirement)
        return None if fetch_set is None else Option(edge, None, selections, fetch_set)

    def leave(
        self,
        place: SubgraphPosition,
        edge: FieldEdge,
        type_name: str,
        selections: SelectionSet,
        *,
        for_requirement: bool,
    ) -> Option | None:
        move = self.moves.table(place.subgraph, type_name, place.provided).get(edge.subgraph)
        if move is None:
            return None
        self.budget.spend()
        fetch_set, wave = move.fetch_set, move.wave
        if edge.needs_input:
            needed = self._complete_input(place, type_name, edge)
            if needed is None:
                return None
            fetch_set |= needed
            wave = max(wave, count_waves(needed, self.width) + 1)
        fetch_set |= self.graph.bits[edge.subgraph] << wave * self.width
        if not edge.is_leaf:
            below = self.places.below(place, edge, type_name, edge.provides, for_requirement=for_requirement)
            deeper = self.complete(below, selections, for_requirement=for_requirement)
            if deeper is None:
                return None
            fetch_set |= deeper << wave * self.width
        return Option(edge, move, selections, fetch_set)

    def _complete_input(self, place: SubgraphPosition, type_name: str, edge: FieldEdge) -> FetchSet | None:
        """The fetches for the inputs of the field besides the key; None when they cannot be resolved.

        What a context is read from counts as if it stood here: it stands above, so that this is the most it can be.
        """
        at = replace(place, possible=frozenset((type_name,)), holders=frozenset((place.subgraph,)))
        fetch_set = self._complete_selected(at, type_name, edge.requires) if edge.requires else 0
        for use in edge.contexts:
            source = place.source(use.context)
            if source is None or fetch_set is None or not self.collector.of(use.selections, source.type_name):
                return None
            read = self._complete_selected(source.place, source.type_name, use.selections)
            fetch_set = None if read is None else fetch_set | read
        return fetch_set

    def _complete_selected(self, at: SubgraphPosition, type_name: str, selections: SelectionSet) -> FetchSet | None:
        memo = (at, id(selections), True, id(at.provided))
        if (memo, type_name) in self._selected:
            return self._selected[memo, type_name]
        if memo in self._running:
            self._cuts += 1
            return None
        cuts = self._cuts
        self._running.add(memo)
        try:
            fetch_set = self.complete_class(
                at, type_name, self.collector.of(selections, type_name), for_requirement=True
            )
        finally:
            self._running.discard(memo)
        if self._is_final(cuts):
            self._selected[memo, type_name] = fetch_set
        return fetch_set
