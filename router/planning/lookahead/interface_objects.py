"""Positions held as an `@interfaceObject`, where the subgraph cannot tell which implementation an object is.

Fields selected on the interface are resolved on the interface. What depends on the implementation (fragments,
`__typename`) needs the real type first: an owner, a subgraph that has the interface as an interface, is entered by
the interface's key and asked for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

from entrepot.router.graph import Graph
from entrepot.router.planning.collected_fields import TypeClass, Wanted, Wants
from entrepot.router.planning.lookahead.budget import Budget
from entrepot.router.planning.lookahead.entity_moves import Hop, Hops
from entrepot.router.planning.lookahead.fetch_set import Cost, price
from entrepot.router.planning.lookahead.places import Place, Places
from entrepot.router.selection import Field, InlineFragment, Selection, SelectionSet


class Completion(Protocol):
    """What is asked of the walk."""

    graph: Graph
    hops: Hops
    wants: Wants
    places: Places
    budget: Budget
    width: int

    def has_choice(self, place: Place, type_name: str, want: Wanted, *, for_requirement: bool) -> bool: ...

    def complete_class(
        self, place: Place, type_name: str, wants: tuple[Wanted, ...], *, for_requirement: bool
    ) -> Cost | None: ...


@dataclass(frozen=True, slots=True)
class TypedPart:
    """What one class of implementations wants: `here` from the interface object itself, `there` from the owner on."""

    group: TypeClass
    here: tuple[Wanted, ...]
    there: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class InterfaceObjectPlan:
    """How an opaque position is completed; `owner` is None when the real type does not matter."""

    wants: tuple[Wanted, ...]
    owner: Hop | None
    owner_place: Place | None
    typed: tuple[TypedPart, ...]
    cost: Cost


@dataclass(slots=True)
class Opaque:
    """Plans opaque positions on behalf of a walk."""

    walk: Completion
    _narrowed: dict[tuple[int, str, frozenset[str]], tuple[SelectionSet, SelectionSet]] = field(default_factory=dict)

    def plan(self, place: Place, selections: SelectionSet, *, for_requirement: bool) -> InterfaceObjectPlan | None:
        """The cheapest way to complete the selection, None when there is none."""
        name = place.type_name
        wants = tuple(item for item in self.walk.wants.of(selections, name) if item.name != "__typename")
        reachable = tuple(
            item for item in wants if self.walk.has_choice(place, name, item, for_requirement=for_requirement)
        )
        unreachable = frozenset(item.key for item in wants if item not in reachable)
        if unreachable and not place.possible:
            return None
        cost = self.walk.complete_class(place, name, reachable, for_requirement=for_requirement)
        if cost is None:
            return None
        rest = self._narrow(selections, name, unreachable)
        if not rest or not place.possible:
            return InterfaceObjectPlan(reachable, None, None, (), cost)
        plans = [
            plan
            for hop in self._owners(place)
            if (plan := self._plan_typed(place, reachable, rest, hop, cost, for_requirement=for_requirement))
            is not None
        ]
        return min(plans, key=lambda plan: self._price(plan.cost), default=None)

    def owner(self, place: Place) -> Hop | None:
        """The nearest subgraph that can say the real type."""
        return min(self._owners(place), key=lambda hop: self._price(hop.cost), default=None)

    def _owners(self, place: Place) -> list[Hop]:
        table = self.walk.hops.table(place.graph, place.type_name, place.provided)
        return [
            hop for graph, hop in sorted(table.items()) if self.walk.graph.nodes[graph, place.type_name].is_abstract
        ]

    def _plan_typed(
        self,
        place: Place,
        reachable: tuple[Wanted, ...],
        rest: SelectionSet,
        hop: Hop,
        cost: Cost,
        *,
        for_requirement: bool,
    ) -> InterfaceObjectPlan | None:
        shift = hop.wave * self.walk.width
        owner = replace(place, graph=hop.target, provided=(), holders=place.holders | {hop.target})
        total = cost | hop.cost | self.walk.graph.bits[hop.target] << shift
        typed: list[TypedPart] = []
        for group in self.walk.wants.classes(rest, self.walk.places.types_at(owner)):
            here: list[Wanted] = []
            there: list[Wanted] = []
            for want in group.wants:
                whole = self._cost_here(place, want, for_requirement=for_requirement)
                from_owner = self.walk.complete_class(owner, group.sample, (want,), for_requirement=for_requirement)
                if whole is None and from_owner is None:
                    return None
                if from_owner is None or (
                    whole is not None and self._is_better(hop, want, total | whole, total | from_owner << shift)
                ):
                    here.append(want)
                    total |= whole or 0
                else:
                    there.append(want)
            typed.append(TypedPart(group, tuple(here), tuple(there)))
            deeper = self.walk.complete_class(owner, group.sample, tuple(there), for_requirement=for_requirement)
            total |= (deeper or 0) << shift
        return InterfaceObjectPlan(reachable, hop, owner, tuple(typed), total)

    def _cost_here(self, place: Place, want: Wanted, *, for_requirement: bool) -> Cost | None:
        """What the field costs when it is resolved on the interface, for objects of whatever type."""
        if want.name == "__typename" or not self.walk.graph.edges_of(place.type_name, want.name):
            return None if want.name != "__typename" else 0
        return self.walk.complete_class(place, place.type_name, (want,), for_requirement=for_requirement)

    def _is_better(self, hop: Hop, want: Wanted, here: Cost, there: Cost) -> bool:
        """Whether a field is better resolved on the interface than on the implementation.

        That fetches it for objects of other types too, and the owner knows better what this one's is: so it must save
        something. But a key is the same for both, and is fetched anyway.
        """
        key = self.walk.wants.named(hop.key.fields, hop.key.entity_type, want.name)
        return (key is not None and not want.selections) or self._price(here) < self._price(there)

    def _price(self, cost: Cost) -> tuple[int, int]:
        return price(cost, self.walk.width)

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
            elif item.type_condition is None or self.walk.graph.applies(item.type_condition, name):
                inner = self._narrow_all(item.selections, name, unreachable)
                if inner:
                    kept.append(InlineFragment(item.type_condition, inner, item.conditions))
            else:
                kept.append(item)
        return tuple(kept)
