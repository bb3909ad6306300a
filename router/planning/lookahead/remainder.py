"""How much an option leaves to ask of other fetches: what distinguishes plans of as many waves and fetches.

A subgraph must find the object again for each field that another fetch could have brought, so that what a path
provides, or what its subgraph resolves itself, is worth taking.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from entrepot.router.planning.collected_fields import CollectedField
from entrepot.router.planning.lookahead.fetch_set import cost
from entrepot.router.planning.lookahead.options import Choice, Option
from entrepot.router.planning.lookahead.places import SubgraphPosition
from entrepot.router.planning.lookahead.state import Lookahead
from entrepot.router.selection import SelectionSet


@dataclass(frozen=True, slots=True)
class _Fields:
    """Fields of a selection, and the entity moves before they are answered, summed over them."""

    count: int = 0
    moves: int = 0


@dataclass(slots=True)
class Remainder:
    """Counts over the choices that the look-ahead has found; each selection is counted once per position."""

    lookahead: Lookahead
    _counts: dict[tuple[SubgraphPosition, int, int, bool], tuple[SelectionSet, _Fields]] = field(default_factory=dict)

    def count(self, place: SubgraphPosition, type_name: str, choice: Choice, *, for_requirement: bool) -> int:
        """The fields that other fetches than the place's bring, each as often as it is moved to, with this choice."""
        return _sum(
            self._count_option(place, type_name, option, for_requirement=for_requirement) for option in choice.options
        ).moves

    def count_root(self, root_type: str, choice: Choice) -> int:
        """The same for a root field, whose subgraphs are those of its options."""
        places = self.lookahead.places
        return _sum(
            self._count_option(places.root(option.edge.subgraph, root_type), root_type, option, for_requirement=False)
            for option in choice.options
        ).moves

    def _count_option(
        self, place: SubgraphPosition, type_name: str, option: Option, *, for_requirement: bool
    ) -> _Fields:
        edge, places = option.edge, self.lookahead.places
        below = _Fields()
        if not edge.is_leaf:
            provided = edge.provides
            if option.move is None:
                provided = places.provided_below(edge, type_name, place.provided)
            inner = places.below(place, edge, type_name, provided, for_requirement=for_requirement)
            below = self._count(inner, option.selections, for_requirement=for_requirement)
        count = 1 + below.count
        return _Fields(count, below.moves if option.move is None else below.moves + count)

    def _count(self, place: SubgraphPosition, selections: SelectionSet, *, for_requirement: bool) -> _Fields:
        memo = (place, id(selections), id(place.provided), for_requirement)
        if memo not in self._counts:
            found = self._count_classes(place, selections, for_requirement=for_requirement)
            self._counts[memo] = (selections, found)
        return self._counts[memo][1]

    def _count_classes(self, place: SubgraphPosition, selections: SelectionSet, *, for_requirement: bool) -> _Fields:
        collector, places = self.lookahead.collector, self.lookahead.places
        if places.is_interface_object(place):
            types = [(place.type_name, collector.of(selections, place.type_name))]
        else:
            found = collector.classes(selections, places.types_at(place), place.provided)
            types = [(group.representative, group.fields) for group in found]
        return _sum(
            self._count_field(place, name, collected, for_requirement=for_requirement)
            for name, collected_fields in types
            for collected in collected_fields
        )

    def _count_field(
        self, place: SubgraphPosition, type_name: str, collected: CollectedField, *, for_requirement: bool
    ) -> _Fields:
        lookahead = self.lookahead
        if collected.name == "__typename":
            return _Fields()
        if lookahead.free_edge(place, type_name, collected) is not None:
            return _Fields(1)
        choices = lookahead.choices(place, type_name, collected, for_requirement=for_requirement)
        if not choices:
            return _Fields()
        cheapest = min(choices, key=lambda choice: cost(choice.fetch_set, lookahead.width))
        return _sum(
            self._count_option(place, type_name, option, for_requirement=for_requirement) for option in cheapest.options
        )


def _sum(parts: Iterable[_Fields]) -> _Fields:
    found = list(parts)
    return _Fields(sum(item.count for item in found), sum(item.moves for item in found))
