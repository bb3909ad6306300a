"""Entering objects by an entity call: what must be sent is assigned first, then the call is found or made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from entrepot.router.graph import FieldEdge, Graph
from entrepot.router.plan import ContextInput
from entrepot.router.planning.collected_fields import Wanted, Wants
from entrepot.router.planning.conditions import Conditions, add_conditions, deferrals_of, part_of, without_deferrals
from entrepot.router.planning.fetch_graph.model import EntityFetchKey, FetchGraph, FetchNode, Sent
from entrepot.router.planning.fetch_graph.representations import build_representation
from entrepot.router.planning.fetch_graph.site import Group, Site, placeholder
from entrepot.router.planning.lookahead.cost_estimator import Walk
from entrepot.router.planning.lookahead.entity_moves import Hop, Hops
from entrepot.router.planning.lookahead.places import Places
from entrepot.router.selection import SelectionSet


class Assigning(Protocol):
    """What is asked of the assigner."""

    graph: Graph
    hops: Hops
    wants: Wants
    places: Places
    walk: Walk
    fetches: FetchGraph

    def assign_group(
        self,
        site: Site,
        group: Group,
        wants: tuple[Wanted, ...],
        touched: set[FetchNode],
        *,
        for_requirement: bool,
        extra: Conditions = (),
    ) -> None: ...


@dataclass(slots=True)
class EntityFetchBuilder:
    """Enters objects on behalf of an assigner."""

    assigner: Assigning

    def enter(
        self, site: Site, group: Group, hop: Hop, edge: FieldEdge | None, conditions: Conditions
    ) -> tuple[Site, Conditions]:
        """The site of an entity call at the hop's target, and the conditions still to be written on the field.

        What the target must be sent (its key, and what the field needs) is assigned first: the call waits for it.
        """
        assigner = self.assigner
        entity_type = hop.key.entity_type
        place = replace(site.place, graph=hop.target, type_name=entity_type, provided=())
        if not site.path:
            # The root of queries is there without being entered.
            root = assigner.fetches.add_root(hop.target, site.node.segment, deferrals_of(site.conditions))
            return replace(site, node=root, tree=root.tree(entity_type), place=place), conditions
        touched = {site.node}
        self._assign_key(site, group, hop, conditions, touched)
        requires = edge.requires if edge is not None else ()
        if requires:
            wants = assigner.wants.of(requires, group.sample)
            assigner.assign_group(site, group, wants, touched, for_requirement=True, extra=conditions)
        contexts = self._read_contexts(site, edge, conditions, touched) if edge is not None and edge.contexts else {}
        keys = self._represent(site, group, hop.key.fields)
        needed = self._represent(site, group, requires) if requires else dict.fromkeys(keys, ())
        total = add_conditions(site.conditions, conditions)
        # An interface object is asked without fragments, so that types that want other fields are called apart.
        is_interface_object = assigner.graph.nodes[hop.target, entity_type].is_interface_object
        wave = 1 + max(node.wave for node in touched)
        types = group.types if is_interface_object else None
        call = EntityFetchKey(hop.target, site.path, wave, site.node.segment, total, types, frozenset(contexts))
        sent = {name: (*fields, *needed[name]) for name, fields in keys.items()}
        # What is asked only under a condition joins a call that is made anyway, unless it needs more to be sent.
        anyway = add_conditions(site.conditions, deferrals_of(conditions))
        shared = None
        if anyway != total and not requires and not contexts:
            shared = assigner.fetches.find_call(replace(call, conditions=anyway), sent)
        node = shared or assigner.fetches.find_call(call, sent) or assigner.fetches.add_call(call, contexts)
        node.waits_for |= touched
        for name, fields in keys.items():
            known = node.sent.setdefault(name, Sent(entity_type))
            known.add(fields, is_key=True)
            known.add(needed[name], is_key=False)
        entered = Site(node, node.tree(entity_type), place, site.path, site.position, total, site.contexts)
        return entered, () if shared is None else without_deferrals(conditions)

    def enter_later(
        self, site: Site, group: Group, want: Wanted, extra: Conditions
    ) -> tuple[Site, Wanted, Conditions] | None:
        """Where a field that could stay at the site is fetched because it is delivered later than the site's own fetch.

        Its object is entered again. None for what is not later, for what is part of the key anyway, and where there is
        no key to do so: then the site's fetch brings it.
        """
        conditions = add_conditions(extra, want.conditions)
        assigner, place = self.assigner, site.place
        if part_of(
            add_conditions(site.conditions, conditions)
        ) == site.node.part or assigner.places.is_interface_object(place):
            return None
        hop = assigner.hops.table(place.graph, group.sample, place.provided).get(place.graph)
        if hop is None or any(giver != place.graph for giver, _ in hop.parts):
            return None
        if assigner.wants.named(hop.key.fields, group.sample, want.name) is not None:
            return None
        again = replace(place, type_name=hop.key.entity_type, provided=())
        if not assigner.walk.is_here(again, group.sample, want, for_requirement=False):
            return None
        entered, rest = self.enter(site, group, hop, None, conditions)
        return entered, replace(want, conditions=rest), ()

    def _assign_key(self, site: Site, group: Group, hop: Hop, conditions: Conditions, touched: set[FetchNode]) -> None:
        """Assigns the key's fields to the subgraphs that give them, which are entered for it."""
        assigner = self.assigner
        for giver, selections in hop.parts:
            at, rest = site, conditions
            if giver != site.place.graph:
                table = assigner.hops.table(site.place.graph, group.sample, site.place.provided)
                at, rest = self.enter(site, group, table[giver], None, conditions)
            wants = assigner.hops.wants.of(selections, group.sample)
            assigner.assign_group(at, group, wants, touched, for_requirement=True, extra=rest)

    def _represent(self, site: Site, group: Group, selections: SelectionSet) -> dict[str | None, SelectionSet]:
        """The selections as they stand in the merged data, for each type that has a representation of its own."""
        graph, wants = self.assigner.graph, self.assigner.wants
        return {
            None if group.types is None else name: build_representation(graph, wants, site.position, name, selections)
            for name in group.entities
        }

    def _read_contexts(
        self, site: Site, edge: FieldEdge, conditions: Conditions, touched: set[FetchNode]
    ) -> dict[str, ContextInput]:
        """What the field's arguments are filled with, once what is selected for it above is assigned there."""
        graph, all_wants = self.assigner.graph, self.assigner.wants
        total = add_conditions(site.conditions, conditions)
        found: dict[str, ContextInput] = {}
        for use in edge.contexts:
            source = site.contexts[use.context]
            above, sample = source.site, source.group.sample
            wants = all_wants.of(use.selections, sample)
            extra = tuple(condition for condition in total if condition not in above.conditions)
            self.assigner.assign_group(above, source.group, wants, touched, for_requirement=True, extra=extra)
            selections = build_representation(graph, all_wants, above.position, sample, use.selections)
            name = placeholder(use)
            found[name] = ContextInput(name, use.type, len(site.path) - len(above.path), selections)
        return found
