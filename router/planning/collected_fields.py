"""Field collection: the fields that a selection set selects of a concrete type (GraphQL section 6.3.2)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from entrepot.router.graph import Graph
from entrepot.router.planning.conditions import Conditions, add_conditions
from entrepot.router.selection import Argument, Field, InlineFragment, Selection, SelectionSet, split_directives

_Signature = tuple[str, str, tuple[Argument, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class CollectedField:
    """One field with all that is selected below it under the same conditions."""

    key: str
    name: str
    arguments: tuple[Argument, ...]
    selections: SelectionSet
    conditions: Conditions


@dataclass(frozen=True, slots=True)
class TypeClass:
    """Concrete types with the same fields, treated alike by every subgraph; `representative` stands for all."""

    types: frozenset[str]
    representative: str
    fields: tuple[CollectedField, ...]


@dataclass(slots=True)
class FieldCollector:
    """Collects fields, once for each selection set and type.

    Selection sets are compared by identity: they are immutable, and comparing them deeply would cost more than
    collecting. The collector keeps a reference to everything it memoizes.
    """

    graph: Graph
    _collected: dict[tuple[int, str], tuple[SelectionSet, tuple[CollectedField, ...]]] = field(default_factory=dict)
    _joined: dict[tuple[int, ...], tuple[list[SelectionSet], SelectionSet]] = field(default_factory=dict)
    _conditional: dict[tuple[int, Conditions], tuple[SelectionSet, SelectionSet]] = field(default_factory=dict)
    _singles: dict[int, SelectionSet] = field(default_factory=dict)
    _of_type: dict[tuple[int, str], tuple[SelectionSet, SelectionSet]] = field(default_factory=dict)
    _own: dict[tuple[int, str], tuple[SelectionSet, SelectionSet]] = field(default_factory=dict)
    _as_selection: dict[int, tuple[CollectedField, SelectionSet]] = field(default_factory=dict)
    _classes: dict[Hashable, tuple[SelectionSet, SelectionSet, tuple[TypeClass, ...]]] = field(default_factory=dict)

    def of(self, selections: SelectionSet, type_name: str) -> tuple[CollectedField, ...]:
        """The fields of the type, in the order of the selection."""
        place = (id(selections), type_name)
        found = self._collected.get(place)
        if found is None:
            found = (selections, self._collect(selections, type_name))
            self._collected[place] = found
        return found[1]

    def list_all(self) -> list[tuple[str, CollectedField]]:
        """All fields that were collected so far, by type, in the order of coordinates and keys; each once."""
        found = {
            (type_name, collected.name, collected.key, collected.arguments): collected
            for (_, type_name), (_, collected_fields) in self._collected.items()
            for collected in collected_fields
            if collected.name != "__typename"
        }
        ordered = sorted(found.items(), key=lambda item: (*item[0][:3], str(item[0][3])))
        return [(place[0], collected) for place, collected in ordered]

    def named(self, selections: SelectionSet, type_name: str, name: str) -> CollectedField | None:
        """The first field of the name, whatever its arguments."""
        return next((item for item in self.of(selections, type_name) if item.name == name), None)

    def join(self, parts: Iterable[SelectionSet]) -> SelectionSet:
        """One selection set of all parts; the same parts give the same (identical) set."""
        kept = list({id(part): part for part in parts if part}.values())
        if len(kept) <= 1:
            return kept[0] if kept else ()
        place = tuple(map(id, kept))
        if place not in self._joined:
            self._joined[place] = (kept, tuple(item for part in kept for item in part))
        return self._joined[place][1]

    def single(self, item: Selection) -> SelectionSet:
        """The selection set of one selection; the same selection gives the same (identical) set."""
        found = self._singles.get(id(item))
        if found is None:
            found = self._singles[id(item)] = (item,)
        return found

    def of_type(self, selections: SelectionSet, type_name: str) -> SelectionSet:
        """The selections for objects of the type only; the same ones give the same (identical) set."""
        place = (id(selections), type_name)
        if place not in self._of_type:
            self._of_type[place] = (selections, (InlineFragment(type_name, selections),))
        return self._of_type[place][1]

    def own(self, selections: SelectionSet, type_name: str) -> SelectionSet:
        """What is selected of the type itself: without the fragments on only some of its objects."""
        place = (id(selections), type_name)
        if place not in self._own:
            self._own[place] = (selections, self._without_narrower(selections, type_name))
        return self._own[place][1]

    def _without_narrower(self, selections: SelectionSet, type_name: str) -> SelectionSet:
        found: list[Selection] = []
        for item in selections:
            if isinstance(item, Field):
                found.append(item)
            elif item.type_condition is None or self.graph.applies(item.type_condition, type_name):
                inner = self._without_narrower(item.selections, type_name)
                found.append(InlineFragment(item.type_condition, inner, item.conditions))
        return tuple(found)

    def as_selection(self, collected: CollectedField) -> SelectionSet:
        """The selection set of just this field; the same field gives the same (identical) set."""
        found = self._as_selection.get(id(collected))
        if found is None:
            alias = None if collected.key == collected.name else collected.key
            item = Field(collected.name, alias, collected.arguments, collected.selections, collected.conditions)
            found = self._as_selection[id(collected)] = (collected, (item,))
        return found[1]

    def classes(
        self, selections: SelectionSet, types: frozenset[str], provided: SelectionSet = ()
    ) -> tuple[TypeClass, ...]:
        """The types grouped by their fields and by how subgraphs resolve them, in the order of their names."""
        place = (id(selections), types, id(provided))
        found = self._classes.get(place)
        if found is None:
            found = (selections, provided, self._classify(selections, types, provided))
            self._classes[place] = found
        return found[2]

    def _classify(
        self, selections: SelectionSet, types: frozenset[str], provided: SelectionSet
    ) -> tuple[TypeClass, ...]:
        if len(types) == 1:
            (only,) = types
            return (TypeClass(types, only, self.of(selections, only)),)
        grouped: dict[Hashable, list[str]] = {}
        for name in sorted(types):
            grouped.setdefault(self._signature(selections, name, provided), []).append(name)
        return tuple(TypeClass(frozenset(names), names[0], self.of(selections, names[0])) for names in grouped.values())

    def _signature(self, selections: SelectionSet, name: str, provided: SelectionSet) -> Hashable:
        fields = tuple(
            (
                item.key,
                item.name,
                item.arguments,
                item.conditions,
                id(item.selections),
                self.graph.field_signatures.get((name, item.name)),
            )
            for item in self.of(selections, name)
        )
        given = tuple((item.name, id(item.selections)) for item in self.of(provided, name)) if provided else ()
        # What is read of the type that sets a context is fetched of this type alone.
        alone = name if name in self.graph.contexts else ""
        return self.graph.key_signatures.get(name), fields, given, alone

    def _collect(self, selections: SelectionSet, type_name: str) -> tuple[CollectedField, ...]:
        grouped: dict[_Signature, dict[Conditions, list[Field]]] = {}
        self._gather(selections, type_name, (), grouped)
        wanted: list[CollectedField] = []
        for (key, name, arguments), found in grouped.items():
            marks = [item.arguments for fields in found.values() for item in fields if item.arguments != arguments]
            if marks:
                # Directives of the client's own: all selections of the field are fetched as one.
                directives = dict.fromkeys(mark for each in marks for mark in split_directives(each)[1])
                arguments += tuple(directives)
            for conditions, below in self._group_by_conditions(found):
                wanted.append(CollectedField(key, name, arguments, below, conditions))
        return tuple(wanted)

    def _group_by_conditions(
        self, found: Mapping[Conditions, list[Field]]
    ) -> Iterable[tuple[Conditions, SelectionSet]]:
        """One field by its conditions, with what is selected below it."""
        if len(found) == 1:
            ((conditions, fields),) = found.items()
            return ((conditions, self.join([item.selections for item in fields])),)
        # A field with fewer conditions covers one with more; what a further condition adds is selected below it.
        sets = {conditions: frozenset(conditions) for conditions in found}
        least = [conditions for conditions, own in sets.items() if not any(other < own for other in sets.values())]
        return [
            (
                conditions,
                self.join(
                    item.selections if others == conditions else self._under(others, item.selections)
                    for others, fields in found.items()
                    if sets[others] >= sets[conditions]
                    for item in fields
                ),
            )
            for conditions in least
        ]

    def _under(self, conditions: Conditions, selections: SelectionSet) -> SelectionSet:
        if not conditions or not selections:
            return selections
        place = (id(selections), conditions)
        if place not in self._conditional:
            self._conditional[place] = (selections, (InlineFragment(None, selections, conditions),))
        return self._conditional[place][1]

    def _gather(
        self,
        selections: SelectionSet,
        type_name: str,
        held: Conditions,
        grouped: dict[_Signature, dict[Conditions, list[Field]]],
    ) -> None:
        for item in selections:
            conditions = add_conditions(held, item.conditions)
            if isinstance(item, InlineFragment):
                if item.type_condition is None or self.graph.applies(item.type_condition, type_name):
                    self._gather(item.selections, type_name, conditions, grouped)
                continue
            place = (item.response_key, item.name, split_directives(item.arguments)[0] if item.arguments else ())
            grouped.setdefault(place, {}).setdefault(conditions, []).append(item)
