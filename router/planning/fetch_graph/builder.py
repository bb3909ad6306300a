"""The fetch graph builder: every field is assigned to a fetch, top down, by the cheapest choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from entrepot.router.errors import OperationUnplannable
from entrepot.router.graph import FieldEdge
from entrepot.router.planning.collected_fields import CollectedField
from entrepot.router.planning.conditions import Conditions, add_conditions, without_deferrals
from entrepot.router.planning.fetch_graph.entity_fetches import EntityFetchBuilder
from entrepot.router.planning.fetch_graph.model import FetchNode
from entrepot.router.planning.fetch_graph.site import ContextSite, ObjectGroup, Site, narrow_path, placeholder, step_to
from entrepot.router.planning.fetch_graph.tree import Tree
from entrepot.router.planning.lookahead.cover import choose_cover
from entrepot.router.planning.lookahead.entity_moves import EntityMove
from entrepot.router.planning.lookahead.fetch_set import FetchSet
from entrepot.router.planning.lookahead.options import Choice, Option
from entrepot.router.planning.lookahead.size_estimate import SizeEstimate
from entrepot.router.planning.stages import Decision
from entrepot.router.selection import Argument, SelectionSet

_NO_TYPES: frozenset[str] = frozenset()


@dataclass(slots=True)
class FetchGraphBuilder(EntityFetchBuilder):
    """Builds the fetch graph of one plan; `planned` are the fetches chosen so far."""

    is_deferring: bool = False
    planned: FetchSet = 0
    root_type: str = ""
    roots: list[tuple[CollectedField, Choice]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    _unresolved_types: list[Site] = field(default_factory=list)

    def choose_root(self, collected: CollectedField, choices: Sequence[Choice], chosen: Choice) -> None:
        """Notes a root field before it is assigned."""
        self.roots.append((collected, chosen))
        group = ObjectGroup(None, self.root_type)
        self.decisions.append(Decision((), group, collected, tuple(choices), chosen, for_requirement=False))

    def request_typenames(self) -> None:
        """Fetch `__typename` wherever another fetch distinguishes types at the same position."""
        for site in self._unresolved_types:
            owner = self.estimator.find_owner(site.place) if site.position.needs_typename else None
            if owner is not None:
                self._request_typename(site, ObjectGroup(None, site.place.type_name, site.place.possible), owner)

    def _request_typename(self, site: Site, whole: ObjectGroup, owner: EntityMove) -> Site:
        entered, _ = self.enter(site, whole, owner, None, ())
        entered.tree.has_typename = True
        site.position.has_typename = True
        return entered

    def assign(
        self, site: Site, selections: SelectionSet, touched: set[FetchNode], *, for_requirement: bool = False
    ) -> None:
        """Adds the selection at the site; `touched` collects the fetches that give any of it."""
        self.budget.spend()
        if self.places.is_interface_object(site.place):
            self._assign_interface_object(site, selections, touched, for_requirement=for_requirement)
            return
        types = self.places.types_at(site.place)
        position = site.position
        position.seen |= types
        if not for_requirement:
            position.possible |= types
            position.needs_typename = position.needs_typename or position.is_abstract
        if position.is_abstract:
            site.tree.has_typename = True
            position.has_typename = True
            touched.add(site.node)
        for found in self.collector.classes(selections, types, site.place.provided):
            group = ObjectGroup(found.types if position.is_abstract else None, found.representative)
            self.assign_group(site, group, found.fields, touched, for_requirement=for_requirement)
        unshared = self.places.unshared_types_at(site.place)
        if unshared and not for_requirement:
            self._assign_unshared(site, selections, unshared, touched)

    def _assign_unshared(
        self, site: Site, selections: SelectionSet, types: frozenset[str], touched: set[FetchNode]
    ) -> None:
        """Add what is selected of the abstract type itself, for objects of types that other holders do not know.

        What fragments select of such a type is null whichever subgraph answers, and so is what cannot be resolved.
        """
        site.position.seen |= types
        site.position.unshared |= types
        own = self.collector.own(selections, site.place.type_name)
        for found in self.collector.classes(own, types, site.place.provided):
            resolvable = tuple(
                item
                for item in found.fields
                if item.name == "__typename"
                or self.estimator.has_choice(site.place, found.representative, item, for_requirement=False)
            )
            group = ObjectGroup(found.types, found.representative)
            self.assign_group(site, group, resolvable, touched, for_requirement=False)

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
        """Add the fields of objects of one group, with the cover that costs the whole plan least."""
        # Nested abstract selections are assigned once for each class of types, which multiplies level by level.
        if self.budget.assign(len(collected_fields)):
            self.budget.expect(SizeEstimate(self.estimator).count_roots(self.root_type, self.roots))
        rows: list[tuple[CollectedField, list[Choice]]] = []
        for collected in collected_fields:
            if collected.name == "__typename":
                if for_requirement and not self.places.is_interface_object(site.place):
                    # A requirement sends it along, so that it must be in the merged data even of a concrete type.
                    site.tree.has_typename = site.position.has_typename = True
                    touched.add(site.node)
                continue
            free = self.estimator.free_edge(site.place, group.representative, collected)
            if free is not None:
                at, inner, more = self._place(site, group, collected, extra, for_requirement=for_requirement)
                self._add_field(at, group, inner, free, more)
                touched.add(at.node)
                continue
            choices = self.estimator.choices(
                site.place, group.representative, collected, for_requirement=for_requirement
            )
            if not choices:
                raise OperationUnplannable(
                    f"No subgraph that can be reached here resolves {group.representative}.{collected.name} "
                    "as it was selected.",
                )
            rows.append((collected, choices))
        chosen = self._choose(site, group, rows, for_requirement=for_requirement)
        # Unconditional fields first: what is conditional then finds their fetches and joins them.
        for (collected, _), choice in sorted(
            zip(rows, chosen, strict=True), key=lambda item: len(item[0][0].conditions)
        ):
            for option in choice.options:
                self._take(site, group, collected, option, touched, for_requirement=for_requirement, extra=extra)

    def _choose(
        self,
        site: Site,
        group: ObjectGroup,
        rows: Sequence[tuple[CollectedField, list[Choice]]],
        *,
        for_requirement: bool,
    ) -> list[Choice]:
        width = self.estimator.width
        base = self.planned >> site.node.wave * width
        remainder = partial(
            self.estimator.remainder.count, site.place, group.representative, for_requirement=for_requirement
        )
        chosen = choose_cover([choices for _, choices in rows], base, width, self.budget, remainder)
        for (collected, choices), choice in zip(rows, chosen, strict=True):
            self.planned |= choice.fetch_set << site.node.wave * width
            self.decisions.append(Decision(site.path, group, collected, tuple(choices), choice, for_requirement))
        return chosen

    def _take(
        self,
        site: Site,
        group: ObjectGroup,
        collected: CollectedField,
        option: Option,
        touched: set[FetchNode],
        *,
        for_requirement: bool,
        extra: Conditions,
    ) -> None:
        if option.move is None:
            site, collected, extra = self._place(site, group, collected, extra, for_requirement=for_requirement)
            self.descend(site, group, collected, option, touched, for_requirement=for_requirement, extra=extra)
            return
        conditions = add_conditions(extra, collected.conditions)
        entered, rest = self.enter(site, group, option.move, option.edge, conditions)
        inner = collected if rest == collected.conditions else replace(collected, conditions=rest)
        self.descend(entered, group, inner, option, touched, for_requirement=for_requirement)

    def _place(
        self, site: Site, group: ObjectGroup, collected: CollectedField, extra: Conditions, *, for_requirement: bool
    ) -> tuple[Site, CollectedField, Conditions]:
        """Where a field that could stay at the site is fetched, and under which further conditions."""
        is_now = for_requirement or not self.is_deferring
        return (None if is_now else self.enter_later(site, group, collected, extra)) or (
            site,
            collected,
            extra,
        )

    def descend(
        self,
        site: Site,
        group: ObjectGroup,
        collected: CollectedField,
        option: Option,
        touched: set[FetchNode],
        *,
        for_requirement: bool,
        extra: Conditions = (),
    ) -> None:
        """Adds the field at the site and what is below it."""
        touched.add(site.node)
        edge = option.edge
        trees = self._add_field(site, group, collected, edge, extra)
        if edge.is_leaf:
            return
        provided = self.places.provided_below(edge, group.representative, site.place.provided)
        place = self.places.below(site.place, edge, group.representative, provided, for_requirement=for_requirement)
        contexts = site.contexts
        if group.representative in self.graph.contexts:
            contexts = {
                **contexts,
                **dict.fromkeys(self.graph.contexts[group.representative], ContextSite(site, group)),
            }
        is_abstract = self.graph.is_abstract(edge.type_name) or self._is_abstract_to_client(
            group.representative, collected.name
        )
        for key, types, tree in trees:
            position = site.position.child(key, is_abstract=is_abstract)
            below = Site(
                node=site.node,
                tree=tree,
                place=place,
                path=(*narrow_path(site.path, types if group.types is not None else None), step_to(key, edge)),
                position=position,
                conditions=add_conditions(site.conditions, add_conditions(extra, collected.conditions)),
                contexts=contexts,
            )
            self.assign(below, option.selections, touched, for_requirement=for_requirement)

    def _is_abstract_to_client(self, type_name: str, field_name: str) -> bool:
        definition = self.graph.supergraph.types[type_name].fields.get(field_name)
        return definition is not None and self.graph.is_abstract(definition.type.name)

    def _add_field(
        self, site: Site, group: ObjectGroup, collected: CollectedField, edge: FieldEdge, extra: Conditions
    ) -> list[tuple[str, frozenset[str], Tree]]:
        conditions = add_conditions(extra, collected.conditions)
        if self.is_deferring:
            conditions = without_deferrals(conditions)
        node = self.graph.nodes[site.tree.subgraph, site.tree.type_name]
        # An interface object is selected without fragments: the fields of some types are written for all.
        is_untyped = node.is_interface_object and group.types is None
        reach = site.place.possible - group.implementations if is_untyped else _NO_TYPES
        signature = site.position.signature(collected)
        keys = site.position.assign(group.names, signature, collected.key, edge.subgraph, edge.shape, reach)
        arguments = collected.arguments
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

    def _assign_interface_object(
        self, site: Site, selections: SelectionSet, touched: set[FetchNode], *, for_requirement: bool
    ) -> None:
        place = site.place
        plan = self.estimator.plan_interface_object(place, selections, for_requirement=for_requirement)
        if plan is None:
            raise OperationUnplannable(
                f"No subgraph that can be reached here resolves what was selected of {place.type_name}."
            )
        # Which of all implementations an object is, its owner says, whatever those that share the field know.
        everything = self.graph.implementations[place.type_name]
        whole = ObjectGroup(None, place.type_name, everything)
        site.position.seen.add(place.type_name)
        if not for_requirement:
            site.position.unshared |= everything - place.possible
        self.assign_group(site, whole, plan.fields, touched, for_requirement=for_requirement)
        if plan.owner is None or plan.owner_place is None:
            if not for_requirement:
                site.position.possible |= place.possible
                self._unresolved_types.append(site)
            return
        entered = replace(self._request_typename(site, whole, plan.owner), place=plan.owner_place)
        site.position.needs_typename = site.position.needs_typename or not for_requirement
        touched.add(entered.node)
        for part in plan.typed:
            site.position.seen |= part.group.types
            if not for_requirement:
                site.position.possible |= part.group.types
            here = replace(whole, implementations=part.group.types)
            self.assign_group(site, here, part.here, touched, for_requirement=for_requirement)
            group = ObjectGroup(part.group.types, part.group.representative)
            self.assign_group(entered, group, part.there, touched, for_requirement=for_requirement)
