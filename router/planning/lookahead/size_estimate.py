"""A lower bound for the number of fields of a plan, counted without building it.

Nested abstract selections are assigned once per class of types, which multiplies level by level. The look-ahead
memoizes its results, so that a selection is counted once and not once per class.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from entrepot.router.planning.collected_fields import CollectedField
from entrepot.router.planning.lookahead.cost_estimator import CostEstimator
from entrepot.router.planning.lookahead.options import Choice, Option
from entrepot.router.planning.lookahead.places import SubgraphPosition
from entrepot.router.selection import SelectionSet


@dataclass(slots=True)
class SizeEstimate:
    """Counts over the choices that the look-ahead has found."""

    estimator: CostEstimator
    _counts: dict[tuple[SubgraphPosition, int, int], int] = field(default_factory=dict)

    def count_roots(self, root_type: str, chosen: Iterable[tuple[CollectedField, Choice]]) -> int:
        """The fields below root fields for which these choices were made, at least."""
        return sum(
            self._count_option(self.estimator.places.root(option.edge.subgraph, root_type), root_type, option)
            for _, choice in chosen
            for option in choice.options
        )

    def _count_option(self, place: SubgraphPosition, type_name: str, option: Option) -> int:
        edge = option.edge
        if edge.is_leaf:
            return 0
        provided = edge.provides
        if option.move is None:
            provided = self.estimator.places.provided_below(edge, type_name, place.provided)
        below = self.estimator.places.below(place, edge, type_name, provided, for_requirement=False)
        return self._count(below, option.selections)

    def _count(self, place: SubgraphPosition, selections: SelectionSet) -> int:
        memo = (place, id(selections), id(place.provided))
        if memo not in self._counts:
            self._counts[memo] = self._count_classes(place, selections)
        return self._counts[memo]

    def _count_classes(self, place: SubgraphPosition, selections: SelectionSet) -> int:
        # The fields of an interface object depend on its owner: they are counted when they are assigned.
        if self.estimator.places.is_interface_object(place):
            return 0
        total = 0
        for group in self.estimator.collector.classes(
            selections, self.estimator.places.types_at(place), place.provided
        ):
            total += len(group.fields)
            for collected in group.fields:
                if collected.selections:
                    total += self._count_cheapest(place, group.representative, collected)
        return total

    def _count_cheapest(self, place: SubgraphPosition, type_name: str, collected: CollectedField) -> int:
        choices = self.estimator.choices(place, type_name, collected, for_requirement=False)
        counts = [sum(self._count_option(place, type_name, option) for option in choice.options) for choice in choices]
        return min(counts, default=0)
