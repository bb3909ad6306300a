"""Fields that no subgraph resolves whole: several resolve them side by side, each with a part of what is below.

This is how value types without keys come together: from parallel root fields, or through their parent entity.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from entrepot.router.graph import FieldEdge
from entrepot.router.planning.collected_fields import CollectedField
from entrepot.router.planning.lookahead.fetch_set import cost
from entrepot.router.planning.lookahead.options import Option
from entrepot.router.planning.lookahead.places import SubgraphPosition
from entrepot.router.planning.lookahead.state import Lookahead
from entrepot.router.selection import Field, InlineFragment, Selection, SelectionSet

_Candidate = tuple[SubgraphPosition, FieldEdge, Callable[[SelectionSet], "Option | None"]]


@dataclass(slots=True)
class FieldSplitter(Lookahead):
    """Splits fields that no subgraph resolves whole."""

    def split_field(
        self, place: SubgraphPosition, type_name: str, collected: CollectedField, *, for_requirement: bool
    ) -> tuple[Option, ...]:
        """Parts of a field below the root; nothing when they do not add up to the whole."""
        edges = self.graph.edges_of(type_name, collected.name)
        candidates: list[_Candidate] = []
        for subgraph in sorted(edges, key=lambda name: (name != place.subgraph, name)):
            edge = edges[subgraph]
            is_here = subgraph == place.subgraph and self.resolves(edge, place, type_name)
            if not is_here and (edge.is_external or (subgraph == place.subgraph and not edge.needs_input)):
                continue
            provided = self.places.provided_below(edge, type_name, place.provided if is_here else ())
            below = self.places.below(place, edge, type_name, provided, for_requirement=for_requirement)
            resolve = self.stay if is_here else self.leave

            def take(part: SelectionSet, edge: FieldEdge = edge, resolve: _Resolve = resolve) -> Option | None:
                return resolve(place, edge, type_name, part, for_requirement=for_requirement)

            candidates.append((below, edge, take))
        return self._collect(candidates, collected.selections, for_requirement=for_requirement)

    def split_root(self, root_type: str, collected: CollectedField) -> tuple[Option, ...]:
        """Parts of a root field of a query, from parallel calls of it."""
        candidates: list[_Candidate] = []
        for subgraph, edge in self.graph.edges_of(root_type, collected.name).items():
            if edge.is_external or edge.needs_input:
                continue
            root = self.places.root(subgraph, root_type)
            below = self.places.below(root, edge, root_type, edge.provides, for_requirement=False)

            def take(part: SelectionSet, edge: FieldEdge = edge, root: SubgraphPosition = root) -> Option | None:
                option = self.stay(root, edge, root_type, part, for_requirement=False)
                return option and replace(option, fetch_set=option.fetch_set | self.graph.bits[edge.subgraph])

            candidates.append((below, edge, take))
        return self._collect(candidates, collected.selections, for_requirement=False)

    def _collect(
        self, candidates: list[_Candidate], selections: SelectionSet, *, for_requirement: bool
    ) -> tuple[Option, ...]:
        """Greedily the part that leaves least, until nothing is left."""
        parts: list[Option] = []
        rest = selections
        while rest:
            found: list[tuple[tuple[int, int, int, int], Option, SelectionSet]] = []
            for rank, (below, edge, take) in enumerate(candidates):
                if edge.is_leaf:
                    continue
                held, missing = self._divide(below, rest, for_requirement=for_requirement)
                option = take(held) if held else None
                if option is not None:
                    order = (_count(missing), *cost(option.fetch_set, self.width), rank)
                    found.append((order, option, missing))
            if not found:
                return ()
            _, option, rest = min(found, key=lambda item: item[0])
            parts.append(option)
        return tuple(parts)

    def _divide(
        self, place: SubgraphPosition, selections: SelectionSet, *, for_requirement: bool
    ) -> tuple[SelectionSet, SelectionSet]:
        """The selections that can be completed from the place, and those that cannot."""
        held: list[Selection] = []
        missing: list[Selection] = []
        for item in selections:
            inner = self._divide_one(place, item, for_requirement=for_requirement)
            held.extend(inner[0])
            missing.extend(inner[1])
        return tuple(held), tuple(missing)

    def _divide_one(
        self, place: SubgraphPosition, item: Selection, *, for_requirement: bool
    ) -> tuple[SelectionSet, SelectionSet]:
        self.budget.spend()
        single = self.collector.single(item)
        if self.complete(place, single, for_requirement=for_requirement) is not None:
            return single, ()
        if isinstance(item, Field):
            held, missing = self._divide_field(place, item, for_requirement=for_requirement)
            return (held, missing) if held else self._divide_types(place, item, for_requirement=for_requirement)
        held, missing = self._divide(
            self._narrow_position(place, item), item.selections, for_requirement=for_requirement
        )
        return _with_selections(item, held), _with_selections(item, missing)

    def _narrow_position(self, place: SubgraphPosition, item: InlineFragment) -> SubgraphPosition:
        """The place of the objects that the fragment is of."""
        if item.type_condition is None:
            return place
        types = self.graph.implementations.get(item.type_condition, frozenset((item.type_condition,)))
        return replace(place, possible=place.possible & types)

    def _divide_field(
        self, place: SubgraphPosition, item: Field, *, for_requirement: bool
    ) -> tuple[SelectionSet, SelectionSet]:
        """A field that the place resolves is divided below; types are divided alike, as one holds what all hold."""
        rest: SelectionSet = item.selections
        held: SelectionSet = ()
        for index, type_name in enumerate(sorted(self.places.types_at(place))):
            edge = self.graph.edges_of(type_name, item.name).get(place.subgraph)
            if edge is None or edge.is_leaf or not self.resolves(edge, place, type_name):
                return (), self.collector.single(item)
            provided = self.places.provided_below(edge, type_name, place.provided)
            below = self.places.below(place, edge, type_name, provided, for_requirement=for_requirement)
            if index == 0:
                held, rest = self._divide(below, item.selections, for_requirement=for_requirement)
            elif self._divide(below, item.selections, for_requirement=for_requirement) != (held, rest):
                return (), self.collector.single(item)
        if not held:
            return (), self.collector.single(item)
        return _with_selections(item, held), _with_selections(item, rest)

    def _divide_types(
        self, place: SubgraphPosition, item: Field, *, for_requirement: bool
    ) -> tuple[SelectionSet, SelectionSet]:
        """A field that the place completes for objects of some of its types only, with a fragment for each type."""
        if len(place.possible) <= 1 or self.places.is_interface_object(place):
            return (), self.collector.single(item)
        held: list[Selection] = []
        missing: list[Selection] = []
        single = self.collector.single(item)
        for name in sorted(place.possible):
            part = self.collector.of_type(single, name)
            inner = self._divide(place, part, for_requirement=for_requirement)
            held += inner[0]
            missing += inner[1]
        return (tuple(held), tuple(missing)) if held else ((), single)


_Resolve = Callable[..., "Option | None"]


def _with_selections(item: Selection, selections: SelectionSet) -> SelectionSet:
    if not selections:
        return ()
    if isinstance(item, Field):
        return (Field(item.name, item.alias, item.arguments, selections, item.conditions),)
    return (InlineFragment(item.type_condition, selections, item.conditions),)


def _count(selections: SelectionSet) -> int:
    return sum(1 + _count(item.selections) for item in selections)
