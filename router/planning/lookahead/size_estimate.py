"""How many fields an assignment comes to at least, counted without assigning them.

Nested abstract selections are assigned once for each class of types, which multiplies level by level. The look-ahead
remembers what it found for a place and selection, so that the same selection is counted once and not once a class.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from entrepot.router.planning.collected_fields import Wanted
from entrepot.router.planning.lookahead.cost_estimator import Walk
from entrepot.router.planning.lookahead.options import Choice, Option
from entrepot.router.planning.lookahead.places import Place
from entrepot.router.selection import SelectionSet


@dataclass(slots=True)
class SizeEstimate:
    """Counts over the choices that a walk has found."""

    walk: Walk
    _counts: dict[tuple[Place, int, int], int] = field(default_factory=dict)

    def count_roots(self, root_type: str, chosen: Iterable[tuple[Wanted, Choice]]) -> int:
        """The fields below root fields for which these choices were made, at least."""
        return sum(
            self._count_option(self.walk.places.root(option.edge.graph, root_type), root_type, option)
            for _, choice in chosen
            for option in choice.options
        )

    def _count_option(self, place: Place, type_name: str, option: Option) -> int:
        edge = option.edge
        if edge.is_leaf:
            return 0
        provided = edge.provides
        if option.hop is None:
            provided = self.walk.places.provided_below(edge, type_name, place.provided)
        below = self.walk.places.below(place, edge, type_name, provided, for_requirement=False)
        return self._count(below, option.selections)

    def _count(self, place: Place, selections: SelectionSet) -> int:
        memo = (place, id(selections), id(place.provided))
        if memo not in self._counts:
            self._counts[memo] = self._count_classes(place, selections)
        return self._counts[memo]

    def _count_classes(self, place: Place, selections: SelectionSet) -> int:
        # What an interface object is asked for depends on its owner: it is left to be counted when it is assigned.
        if self.walk.places.is_interface_object(place):
            return 0
        total = 0
        for group in self.walk.wants.classes(selections, self.walk.places.types_at(place), place.provided):
            total += len(group.wants)
            for want in group.wants:
                if want.selections:
                    total += self._count_cheapest(place, group.sample, want)
        return total

    def _count_cheapest(self, place: Place, type_name: str, want: Wanted) -> int:
        choices = self.walk.choices(place, type_name, want, for_requirement=False)
        counts = [sum(self._count_option(place, type_name, option) for option in choice.options) for choice in choices]
        return min(counts, default=0)
