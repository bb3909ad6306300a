"""Top down: every selected field is assigned to a fetch, by the choices that the walk found cheapest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from router.errors import OperationUnplannable
from router.graph import FieldEdge, Graph
from router.plan import ContextInput
from router.planning.budget import Budget
from router.planning.cost import Cost
from router.planning.cover import choose_cover
from router.planning.deferral import Conditions, deferrals_of, part_of, without_deferrals
from router.planning.fetch_graph import FetchGraph, FetchNode, Sent
from router.planning.foresight import Foresight
from router.planning.hops import Hop, Hops
from router.planning.options import Choice, Option
from router.planning.places import Places
from router.planning.represent import build_representation
from router.planning.site import ContextSite, Group, Site, narrow_path, placeholder, signature_of, step_to
from router.planning.stages import Decision
from router.planning.tree import Tree
from router.planning.walk import Walk
from router.planning.wanted import Wanted, Wants, add_conditions
from router.selection import Argument, Condition, SelectionSet


@dataclass(slots=True)
class Assigner:
    """Grows the fetch graph of one plan."""

    graph: Graph
    hops: Hops
    wants: Wants
    places: Places
    walk: Walk
    budget: Budget
    is_deferring: bool = False
    fetches: FetchGraph = field(default_factory=FetchGraph)
    spent: Cost = 0
    root_type: str = ""
    roots: list[tuple[Wanted, Choice]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    _untold: list[Site] = field(default_factory=list)

    def choose_root(self, want: Wanted, choices: Sequence[Choice], chosen: Choice) -> None:
        """Notes a root field before it is assigned."""
        self.roots.append((want, chosen))
        group = Group(None, self.root_type)
        self.decisions.append(Decision((), group, want, tuple(choices), chosen, is_internal=False))

    def tell_types(self) -> None:
        """Asks for the real type wherever the same position is told apart by type on another way to it."""
        for site in self._untold:
            owner = self.walk.opaque.owner(site.place) if site.position.is_told else None
            if owner is not None:
                self._ask_typename(site, Group(None, site.place.type_name, site.place.possible), owner)

    def _ask_typename(self, site: Site, whole: Group, owner: Hop) -> Site:
        entered, _ = self._enter(site, whole, owner, None, ())
        entered.tree.has_typename = True
        site.position.has_typename = True
        return entered

    def assign(
        self, site: Site, selections: SelectionSet, touched: set[FetchNode], *, is_internal: bool = False
    ) -> None:
        """Adds the selection at the site; `touched` collects the fetches that give any of it."""
        self.budget.spend()
        if self.places.is_opaque(site.place):
            self._assign_opaque(site, selections, touched, is_internal=is_internal)
            return
        types = self.places.types_at(site.place)
        position = site.position
        position.seen |= types
        if not is_internal:
            position.possible |= types
            position.is_told = position.is_told or position.is_abstract
        if position.is_abstract:
            site.tree.has_typename = True
            position.has_typename = True
            touched.add(site.node)
        for found in self.wants.classes(selections, types, site.place.provided):
            group = Group(found.types if position.is_abstract else None, found.sample)
            self.assign_group(site, group, found.wants, touched, is_internal=is_internal)

    def assign_group(
        self,
        site: Site,
        group: Group,
        wants: tuple[Wanted, ...],
        touched: set[FetchNode],
        *,
        is_internal: bool,
        extra: tuple[Condition, ...] = (),
    ) -> None:
        """Adds the fields wanted of objects of one group, choosing the cover that costs the whole plan least."""
        # Nested abstract selections are assigned once for each class of types, which multiplies level by level.
        if self.budget.assign(len(wants)):
            self.budget.expect(Foresight(self.walk).count_roots(self.root_type, self.roots))
        rows: list[tuple[Wanted, list[Choice]]] = []
        for want in wants:
            if want.name == "__typename":
                if is_internal and not self.places.is_opaque(site.place):
                    # A requirement sends it along, so that it must be in the merged data even of a concrete type.
                    site.tree.has_typename = site.position.has_typename = True
                    touched.add(site.node)
                continue
            if self.walk.is_free(site.place, group.sample, want):
                edge = self.graph.edges_of(group.sample, want.name)[site.place.graph]
                at, inner, more = (site, want, extra) if is_internal else self._cut(site, group, want, extra)
                self._add_field(at, group, inner, edge, more)
                touched.add(at.node)
                continue
            choices = self.walk.choices(site.place, group.sample, want, is_internal=is_internal)
            if not choices:
                raise OperationUnplannable(
                    f"No subgraph that can be reached here resolves {group.sample}.{want.name} as it was selected.",
                )
            rows.append((want, choices))
        chosen = self._choose(site, group, rows, is_internal=is_internal)
        # Unconditional fields first: what is conditional then finds their fetches and joins them.
        for (want, _), choice in sorted(zip(rows, chosen, strict=True), key=lambda item: len(item[0][0].conditions)):
            for option in choice.options:
                self._take(site, group, want, option, touched, is_internal=is_internal, extra=extra)

    def _choose(
        self, site: Site, group: Group, rows: Sequence[tuple[Wanted, list[Choice]]], *, is_internal: bool
    ) -> list[Choice]:
        width = self.walk.width
        base = self.spent >> site.node.wave * width
        chosen = choose_cover([choices for _, choices in rows], base, width, self.budget)
        for (want, choices), choice in zip(rows, chosen, strict=True):
            self.spent |= choice.cost << site.node.wave * width
            self.decisions.append(Decision(site.path, group, want, tuple(choices), choice, is_internal))
        return chosen

    def _take(
        self,
        site: Site,
        group: Group,
        want: Wanted,
        option: Option,
        touched: set[FetchNode],
        *,
        is_internal: bool,
        extra: tuple[Condition, ...],
    ) -> None:
        if option.hop is None:
            if not is_internal:
                site, want, extra = self._cut(site, group, want, extra)
            self.descend(site, group, want, option, touched, is_internal=is_internal, extra=extra)
            return
        conditions = add_conditions(extra, want.conditions)
        entered, rest = self._enter(site, group, option.hop, option.edge, conditions)
        inner = replace(want, conditions=rest)
        self.descend(entered, group, inner, option, touched, is_internal=is_internal)

    def _cut(self, site: Site, group: Group, want: Wanted, extra: Conditions) -> tuple[Site, Wanted, Conditions]:
        """Where a field that could stay at the site is fetched, and under which conditions.

        What is delivered later than the site's own fetch is fetched later too, by entering its object again. Where
        that cannot be done, and for what is part of the key anyway, the site's fetch brings it.
        """
        here = (site, want, extra)
        conditions = add_conditions(extra, want.conditions) if self.is_deferring else ()
        if not self.is_deferring or part_of(add_conditions(site.conditions, conditions)) == site.node.part:
            return here
        if self.places.is_opaque(site.place):
            return here
        hop = self.hops.table(site.place.graph, group.sample, site.place.provided).get(site.place.graph)
        if hop is None or any(giver != site.place.graph for giver, _ in hop.parts):
            return here
        if self.wants.named(hop.key.fields, group.sample, want.name) is not None:
            return here
        again = replace(site.place, type_name=hop.key.entity_type, provided=())
        if not self.walk.is_here(again, group.sample, want, is_internal=False):
            return here
        entered, rest = self._enter(site, group, hop, None, conditions)
        return entered, replace(want, conditions=rest), ()

    def descend(
        self,
        site: Site,
        group: Group,
        want: Wanted,
        option: Option,
        touched: set[FetchNode],
        *,
        is_internal: bool,
        extra: tuple[Condition, ...] = (),
    ) -> None:
        """Adds the field at the site and what is below it."""
        touched.add(site.node)
        edge = option.edge
        trees = self._add_field(site, group, want, edge, extra)
        if edge.is_leaf:
            return
        provided = self.places.provided_below(edge, group.sample, site.place.provided)
        place = self.places.below(site.place, edge, group.sample, provided, is_internal=is_internal)
        contexts = site.contexts
        if group.sample in self.graph.contexts:
            contexts = {**contexts, **dict.fromkeys(self.graph.contexts[group.sample], ContextSite(site, group))}
        is_abstract = self.graph.is_abstract(edge.type_name) or self._is_abstract_to_client(group.sample, want.name)
        for key, types, tree in trees:
            position = site.position.child(key, is_abstract=is_abstract)
            below = Site(
                node=site.node,
                tree=tree,
                place=place,
                path=(*narrow_path(site.path, types if group.types is not None else None), step_to(key, edge)),
                position=position,
                conditions=add_conditions(site.conditions, add_conditions(extra, want.conditions)),
                contexts=contexts,
            )
            self.assign(below, option.selections, touched, is_internal=is_internal)

    def _is_abstract_to_client(self, type_name: str, field_name: str) -> bool:
        definition = self.graph.supergraph.types[type_name].fields.get(field_name)
        return definition is not None and self.graph.is_abstract(definition.type.name)

    def _add_field(
        self, site: Site, group: Group, want: Wanted, edge: FieldEdge, extra: tuple[Condition, ...]
    ) -> list[tuple[str, frozenset[str], Tree]]:
        conditions = without_deferrals(add_conditions(extra, want.conditions))
        node = self.graph.nodes[site.tree.graph, site.tree.type_name]
        # An interface object is asked without fragments: what one implementation wants there is written for all.
        is_blind = group.types is not None and not node.is_abstract and site.tree.type_name not in group.types
        reach = site.place.possible if is_blind else frozenset()
        keys = site.position.assign(group.names, signature_of(site, want), want.key, edge.graph, edge.shape, reach)
        arguments = want.arguments
        for use in edge.contexts:
            name = placeholder(use)
            arguments += (Argument(use.argument, f"${name}", frozenset((name,))),)
        trees: list[tuple[str, frozenset[str], Tree]] = []
        for key, types in sorted(keys.items()):
            wanted_of = types if node.is_abstract and group.types is not None else None
            entry = site.tree.add(wanted_of, conditions, key, edge, arguments)
            if entry.below is not None:
                trees.append((key, types, entry.below))
        return trees

    def _enter(
        self, site: Site, group: Group, hop: Hop, edge: FieldEdge | None, conditions: tuple[Condition, ...]
    ) -> tuple[Site, tuple[Condition, ...]]:
        """The site of an entity call at the hop's target, and the conditions still to be written on the field.

        What the target must be sent (its key, and what the field requires) is assigned first: the call waits for it.
        """
        touched: set[FetchNode] = set()
        for giver, selections in hop.parts:
            wants = self.hops.wants.of(selections, group.sample)
            at, rest = site, conditions
            if giver != site.place.graph:
                table = self.hops.table(site.place.graph, group.sample, site.place.provided)
                at, rest = self._enter(site, group, table[giver], None, conditions)
            self.assign_group(at, group, wants, touched, is_internal=True, extra=rest)
        requires = edge.requires if edge is not None else ()
        if requires:
            wants = self.wants.of(requires, group.sample)
            self.assign_group(site, group, wants, touched, is_internal=True, extra=conditions)
        contexts = self._read_contexts(site, edge, conditions, touched) if edge is not None else {}
        wave = 1 + max((node.wave for node in touched), default=site.node.wave)
        path = site.path
        total = add_conditions(site.conditions, conditions)
        entity_type = hop.key.entity_type
        keys: dict[str | None, SelectionSet] = {}
        extras: dict[str | None, SelectionSet] = {}
        for name in group.entities:
            of = None if group.types is None else name
            keys[of] = build_representation(self.graph, self.wants, site.position, name, hop.key.fields)
            extras[of] = build_representation(self.graph, self.wants, site.position, name, requires)
        sent = {name: (*fields, *extras[name]) for name, fields in keys.items()}
        segment = site.node.segment
        # An interface object is asked without fragments: types that lack the requirement are not to share the call.
        is_blind = self.graph.nodes[hop.target, entity_type].is_interface_object
        blind = edge.name if edge is not None and requires and is_blind else None
        find_entity = self.fetches.find_entity
        find = partial(find_entity, hop.target, path, wave, segment, sent=sent, contexts=contexts, blind_field=blind)
        # What is asked only under a condition joins a call that is made anyway, unless it needs more to be sent.
        anyway = add_conditions(site.conditions, deferrals_of(conditions))
        shared = find(anyway) if anyway != total and not requires and not contexts else None
        node = shared or find(total) or self.fetches.add_entity(hop.target, path, wave, segment, total, contexts, blind)
        rest_conditions = without_deferrals(conditions) if shared is not None else ()
        node.waits_for |= touched
        node.waits_for.add(site.node)
        for of, fields in keys.items():
            known = node.sent.setdefault(of, Sent(entity_type))
            known.add(fields, is_key=True)
            known.add(extras[of], is_key=False)
        place = replace(site.place, graph=hop.target, type_name=entity_type, provided=())
        entered = Site(node, node.tree(entity_type), place, path, site.position, total, site.contexts)
        return entered, rest_conditions

    def _read_contexts(
        self, site: Site, edge: FieldEdge, conditions: tuple[Condition, ...], touched: set[FetchNode]
    ) -> dict[str, ContextInput]:
        """What the field's arguments are filled with, once what is selected for it above is assigned there."""
        total = add_conditions(site.conditions, conditions)
        found: dict[str, ContextInput] = {}
        for use in edge.contexts:
            source = site.contexts[use.context]
            above, sample = source.site, source.group.sample
            wants = self.wants.of(use.selections, sample)
            extra = tuple(condition for condition in total if condition not in above.conditions)
            self.assign_group(above, source.group, wants, touched, is_internal=True, extra=extra)
            selections = build_representation(self.graph, self.wants, above.position, sample, use.selections)
            name = placeholder(use)
            found[name] = ContextInput(name, use.type, len(site.path) - len(above.path), selections)
        return found

    def _assign_opaque(
        self, site: Site, selections: SelectionSet, touched: set[FetchNode], *, is_internal: bool
    ) -> None:
        place = site.place
        plan = self.walk.opaque.plan(place, selections, is_internal=is_internal)
        if plan is None:
            raise OperationUnplannable(
                f"No subgraph that can be reached here resolves what was selected of {place.type_name}."
            )
        whole = Group(None, place.type_name, place.possible)
        site.position.seen.add(place.type_name)
        self.assign_group(site, whole, plan.wants, touched, is_internal=is_internal)
        if plan.owner is None or plan.owner_place is None:
            if not is_internal:
                site.position.possible |= place.possible
                self._untold.append(site)
            return
        entered = replace(self._ask_typename(site, whole, plan.owner), place=plan.owner_place)
        site.position.is_told = site.position.is_told or not is_internal
        touched.add(entered.node)
        for part in plan.typed:
            site.position.seen |= part.group.types
            if not is_internal:
                site.position.possible |= part.group.types
            self.assign_group(site, whole, part.here, touched, is_internal=is_internal)
            group = Group(part.group.types, part.group.sample)
            self.assign_group(entered, group, part.there, touched, is_internal=is_internal)
