"""Positions held as an `@interfaceObject`, where the subgraph cannot tell which implementation an object is.

Fields selected on the interface are resolved on the interface. What depends on the implementation (fragments,
`__typename`) needs the real type first: an owner, a subgraph that has the interface as an interface, is entered by
the interface's key and asked for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from entrepot.router.planning.collected_fields import CollectedField, TypeClass
from entrepot.router.planning.lookahead.entity_moves import EntityMove
from entrepot.router.planning.lookahead.fetch_set import FetchSet, cost
from entrepot.router.planning.lookahead.places import SubgraphPosition
from entrepot.router.planning.lookahead.state import Lookahead
from entrepot.router.selection import Field, InlineFragment, Selection, SelectionSet


@dataclass(frozen=True, slots=True)
class TypedPart:
    """The fields of one class of implementations: `here` from the interface object, `there` from the owner."""

    group: TypeClass
    here: tuple[CollectedField, ...]
    there: tuple[CollectedField, ...]


@dataclass(frozen=True, slots=True)
class InterfaceObjectPlan:
    """How an interface object position is completed; `owner` is None when the concrete type does not matter."""

    fields: tuple[CollectedField, ...]
    owner: EntityMove | None
    owner_place: SubgraphPosition | None
    typed: tuple[TypedPart, ...]
    fetch_set: FetchSet


@dataclass(slots=True)
class InterfaceObjects(Lookahead):
    """Plans positions held as an `@interfaceObject`."""

    _narrowed: dict[tuple[int, str, frozenset[str]], tuple[SelectionSet, SelectionSet]] = field(default_factory=dict)

    def plan_interface_object(
        self, place: SubgraphPosition, selections: SelectionSet, *, for_requirement: bool
    ) -> InterfaceObjectPlan | None:
        """The cheapest plan that completes the selection; None: impossible."""
        name = place.type_name
        collected_fields = tuple(item for item in self.collector.of(selections, name) if item.name != "__typename")
        reachable = tuple(
            item for item in collected_fields if self.has_choice(place, name, item, for_requirement=for_requirement)
        )
        unreachable = frozenset(item.key for item in collected_fields if item not in reachable)
        if unreachable and not place.possible:
            return None
        fetch_set = self.complete_class(place, name, reachable, for_requirement=for_requirement)
        if fetch_set is None:
            return None
        rest = self._narrow(selections, name, unreachable)
        if not rest or not place.possible:
            return InterfaceObjectPlan(reachable, None, None, (), fetch_set)
        plans = [
            plan
            for move in self._owners(place)
            if (plan := self._plan_typed(place, reachable, rest, move, fetch_set, for_requirement=for_requirement))
            is not None
        ]
        return min(plans, key=self._order, default=None)

    def find_owner(self, place: SubgraphPosition) -> EntityMove | None:
        """The nearest subgraph that can say the real type."""
        return min(self._owners(place), key=lambda move: self._cost(move.fetch_set), default=None)

    def _owners(self, place: SubgraphPosition) -> list[EntityMove]:
        table = self.moves.table(place.subgraph, place.type_name, place.provided)
        return [move for graph, move in sorted(table.items()) if self.graph.nodes[graph, place.type_name].is_abstract]

    def _plan_typed(
        self,
        place: SubgraphPosition,
        reachable: tuple[CollectedField, ...],
        rest: SelectionSet,
        move: EntityMove,
        fetch_set: FetchSet,
        *,
        for_requirement: bool,
    ) -> InterfaceObjectPlan | None:
        shift = move.wave * self.width
        owner = replace(place, subgraph=move.target, provided=(), holders=place.holders | {move.target})
        total = fetch_set | move.fetch_set | self.graph.bits[move.target] << shift
        typed: list[TypedPart] = []
        for group in self.collector.classes(rest, self.places.types_at(owner)):
            here: list[CollectedField] = []
            there: list[CollectedField] = []
            for collected in group.fields:
                whole = self._cost_here(place, collected, for_requirement=for_requirement)
                from_owner = self.complete_class(
                    owner, group.representative, (collected,), for_requirement=for_requirement
                )
                if whole is None and from_owner is None:
                    return None
                if from_owner is None or (
                    whole is not None and self._is_better(move, collected, total | whole, total | from_owner << shift)
                ):
                    here.append(collected)
                    total |= whole or 0
                else:
                    there.append(collected)
            typed.append(TypedPart(group, tuple(here), tuple(there)))
            deeper = self.complete_class(owner, group.representative, tuple(there), for_requirement=for_requirement)
            total |= (deeper or 0) << shift
        return InterfaceObjectPlan(reachable, move, owner, tuple(typed), total)

    def _cost_here(
        self, place: SubgraphPosition, collected: CollectedField, *, for_requirement: bool
    ) -> FetchSet | None:
        """What the field costs when it is resolved on the interface, for objects of whatever type."""
        if collected.name == "__typename" or not self.graph.edges_of(place.type_name, collected.name):
            return None if collected.name != "__typename" else 0
        return self.complete_class(place, place.type_name, (collected,), for_requirement=for_requirement)

    def _is_better(self, move: EntityMove, collected: CollectedField, here: FetchSet, there: FetchSet) -> bool:
        """Whether a field is better resolved on the interface than on the implementation.

        That fetches it for objects of other types too, and the owner knows better what this one's is: so it must save
        something. But a key is the same for both, and is fetched anyway.
        """
        key = self.collector.named(move.key.fields, move.key.entity_type, collected.name)
        return (key is not None and not collected.selections) or self._cost(here) < self._cost(there)

    def _order(self, plan: InterfaceObjectPlan) -> tuple[int, int, int]:
        return (*self._cost(plan.fetch_set), sum(len(part.there) for part in plan.typed))

    def _cost(self, fetch_set: FetchSet) -> tuple[int, int]:
        return cost(fetch_set, self.width)

    def _narrow(self, selections: SelectionSet, name: str, unreachable: frozenset[str]) -> SelectionSet:
        """The part of the selection that depends on which implementation the object is."""
        memo = (id(selections), name, unreachable)
        if memo not in self._narrowed:
            self._narrowed[memo] = (selections, self._narrow_all(selections, name, unreachable))
        return self._narrowed[memo][1]

    def _narrow_all(self, selections: SelectionSet, name: str, unreachable: frozenset[str]) -> SelectionSet:
        kept: list[Selection] = []
        for item in selections:
            if isinstance(item, Field):
                if item.name == "__typename" or item.response_key in unreachable:
                    kept.append(item)
            elif item.type_condition is None or self.graph.applies(item.type_condition, name):
                inner = self._narrow_all(item.selections, name, unreachable)
                if inner:
                    kept.append(InlineFragment(item.type_condition, inner, item.conditions))
            else:
                kept.append(item)
        return tuple(kept)
