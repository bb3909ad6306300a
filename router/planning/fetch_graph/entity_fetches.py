"""Entity fetches: what they send is assigned first, then the fetch is found or made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

from entrepot.router.graph import FieldEdge, Graph
from entrepot.router.plan import ContextInput
from entrepot.router.planning.collected_fields import CollectedField, FieldCollector
from entrepot.router.planning.conditions import Conditions, add_conditions, deferrals_of, part_of, without_deferrals
from entrepot.router.planning.fetch_graph.model import EntityFetchKey, FetchGraph, FetchNode, RepresentationInputs
from entrepot.router.planning.fetch_graph.representations import build_representation
from entrepot.router.planning.fetch_graph.site import ObjectGroup, Site, placeholder
from entrepot.router.planning.lookahead.budget import Budget
from entrepot.router.planning.lookahead.cost_estimator import CostEstimator
from entrepot.router.planning.lookahead.entity_moves import EntityMove, EntityMoves
from entrepot.router.planning.lookahead.places import SubgraphPositions
from entrepot.router.selection import SelectionSet


@dataclass(slots=True)
class EntityFetchBuilder(ABC):
    """Enters objects by entity fetches; what an entity fetch sends is assigned to other fetches first."""

    graph: Graph
    moves: EntityMoves
    collector: FieldCollector
    places: SubgraphPositions
    estimator: CostEstimator
    budget: Budget
    fetches: FetchGraph

    @abstractmethod
    def assign_group(
        self,
        site: Site,
        group: ObjectGroup,
        collected_fields: tuple[CollectedField, ...],
        touched: set[FetchNode],
        *,
        for_requirement: bool,
        extra: Conditions = (),
    ) -> None:
        """Add the fields of objects of one group to fetches, and those fetches to `touched`."""

    def enter(
        self, site: Site, group: ObjectGroup, move: EntityMove, edge: FieldEdge | None, conditions: Conditions
    ) -> tuple[Site, Conditions]:
        """The site of an entity fetch at the move's target, and the conditions still to be written on the field.

        What the target must be sent (its key, and what the field needs) is assigned first: the call waits for it.
        """
        entity_type = move.key.entity_type
        place = replace(site.place, subgraph=move.target, type_name=entity_type, provided=())
        if not site.path:
            # The root of queries is there without being entered.
            root = self.fetches.add_root(move.target, site.node.segment, deferrals_of(site.conditions))
            return replace(site, node=root, tree=root.tree(entity_type), place=place), conditions
        touched = {site.node}
        self._assign_key(site, group, move, conditions, touched)
        requires = edge.requires if edge is not None else ()
        if requires:
            collected_fields = self.collector.of(requires, group.representative)
            self.assign_group(site, group, collected_fields, touched, for_requirement=True, extra=conditions)
        contexts = self._read_contexts(site, edge, conditions, touched) if edge is not None and edge.contexts else {}
        keys = self._represent(site, group, move.key.fields)
        needed = self._represent(site, group, requires) if requires else dict.fromkeys(keys, ())
        total = add_conditions(site.conditions, conditions)
        # An interface object is selected without fragments, so types with different fields need fetches of their own.
        is_interface_object = self.graph.nodes[move.target, entity_type].is_interface_object
        wave = 1 + max(node.wave for node in touched)
        types = group.types if is_interface_object else None
        call = EntityFetchKey(move.target, site.path, wave, site.node.segment, total, types, frozenset(contexts))
        sent = {name: (*fields, *needed[name]) for name, fields in keys.items()}
        # A conditional field joins a fetch that is made anyway, unless it needs further inputs.
        anyway = add_conditions(site.conditions, deferrals_of(conditions))
        shared = None
        if anyway != total and not requires and not contexts:
            shared = self.fetches.find_call(replace(call, conditions=anyway), sent)
        node = shared or self.fetches.find_call(call, sent) or self.fetches.add_call(call, contexts)
        node.waits_for |= touched
        for name, fields in keys.items():
            known = node.inputs.setdefault(name, RepresentationInputs(entity_type))
            known.add(fields, is_key=True)
            known.add(needed[name], is_key=False)
        entered = Site(node, node.tree(entity_type), place, site.path, site.position, total, site.contexts)
        return entered, () if shared is None else without_deferrals(conditions)

    def enter_later(
        self, site: Site, group: ObjectGroup, collected: CollectedField, extra: Conditions
    ) -> tuple[Site, CollectedField, Conditions] | None:
        """Where a field that could stay at the site is fetched because it is delivered later than the site's own fetch.

        Its object is entered again. None for what is not later, for what is part of the key anyway, and where there is
        no key to do so: then the site's fetch brings it.
        """
        conditions = add_conditions(extra, collected.conditions)
        place = site.place
        if part_of(add_conditions(site.conditions, conditions)) == site.node.part or self.places.is_interface_object(
            place
        ):
            return None
        move = self.moves.table(place.subgraph, group.representative, place.provided).get(place.subgraph)
        if move is None or any(source_subgraph != place.subgraph for source_subgraph, _ in move.parts):
            return None
        if self.collector.named(move.key.fields, group.representative, collected.name) is not None:
            return None
        again = replace(place, type_name=move.key.entity_type, provided=())
        if not self.estimator.is_here(again, group.representative, collected, for_requirement=False):
            return None
        entered, rest = self.enter(site, group, move, None, conditions)
        return entered, replace(collected, conditions=rest), ()

    def _assign_key(
        self, site: Site, group: ObjectGroup, move: EntityMove, conditions: Conditions, touched: set[FetchNode]
    ) -> None:
        """Assigns the key's fields to the subgraphs that give them, which are entered for it."""
        for source_subgraph, selections in move.parts:
            at, rest = site, conditions
            if source_subgraph != site.place.subgraph:
                table = self.moves.table(site.place.subgraph, group.representative, site.place.provided)
                at, rest = self.enter(site, group, table[source_subgraph], None, conditions)
            collected_fields = self.moves.collector.of(selections, group.representative)
            self.assign_group(at, group, collected_fields, touched, for_requirement=True, extra=rest)

    def _represent(self, site: Site, group: ObjectGroup, selections: SelectionSet) -> dict[str | None, SelectionSet]:
        """The selections as they stand in the merged data, for each type that has a representation of its own."""
        graph, collector = self.graph, self.collector
        return {
            None if group.types is None else name: build_representation(
                graph, collector, site.position, name, selections
            )
            for name in group.entities
        }

    def _read_contexts(
        self, site: Site, edge: FieldEdge, conditions: Conditions, touched: set[FetchNode]
    ) -> dict[str, ContextInput]:
        """What the field's arguments are filled with, once what is selected for it above is assigned there."""
        graph, collector = self.graph, self.collector
        total = add_conditions(site.conditions, conditions)
        found: dict[str, ContextInput] = {}
        for use in edge.contexts:
            source = site.contexts[use.context]
            above, representative = source.site, source.group.representative
            collected_fields = collector.of(use.selections, representative)
            extra = tuple(condition for condition in total if condition not in above.conditions)
            self.assign_group(above, source.group, collected_fields, touched, for_requirement=True, extra=extra)
            selections = build_representation(graph, collector, above.position, representative, use.selections)
            name = placeholder(use)
            found[name] = ContextInput(name, use.type, len(site.path) - len(above.path), selections)
        return found
