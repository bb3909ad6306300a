"""An output with deferred parts: which fields of an object are delivered together, by which fragments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from entrepot.router.execution.conditions import build_conjunction_test
from entrepot.router.execution.project import Projector
from entrepot.router.plan import OutputField, OutputSelection
from entrepot.router.selection import Condition, Deferral

Fragments = frozenset[int]
Alternatives = tuple[tuple[Condition, ...], ...]
PRIMARY: Fragments = frozenset()
_MAX_DIVISIONS = 64


@dataclass(eq=False)
class Group:
    """Fields that are delivered together, for these deferred fragments; none are those of the primary part.

    `output` is what they are read by, from the object on which they stand; `place` where in it other groups begin.
    """

    fragments: Fragments
    output: OutputSelection
    place: Place | None

    @cached_property
    def projector(self) -> Projector:
        return Projector(self.output)

    def holds(self, keys: Iterable[str]) -> bool:
        """Whether the response keys lead to something that is delivered with the group."""
        selections = [self.output]
        for key in keys:
            fields = [item for each in selections for _, fields in each.by_type for item in fields if item.key == key]
            if not fields:
                return False
            selections = [item.selection for item in fields if item.selection is not None]
        return True


@dataclass(slots=True, eq=False)
class Place:
    """A position of what a group delivers, with the groups that begin on its objects or below, by their type."""

    typename_source: str | None
    by_type: dict[str, PlaceFields]

    def choose(self, item: Mapping[str, Any]) -> PlaceFields | None:
        """What is to be found on the object, and below."""
        if self.typename_source is None:
            return next(iter(self.by_type.values()))
        return self.by_type.get(item.get(self.typename_source, ""))


@dataclass(slots=True, eq=False)
class PlaceFields:
    """`groups` begin on the object itself; `below` are the keys and sources of the fields below which others begin."""

    groups: tuple[Group, ...]
    below: tuple[tuple[str, str, Place], ...]


class Divider:
    """Divides the output of one plan by what is delivered when, once for each set of conditions that requests have."""

    def __init__(self, output: OutputSelection, deferrals: Iterable[Deferral]) -> None:
        self._output = output
        self._parents = {item.number: item.parent for item in deferrals}
        self._variables = tuple(sorted(set(_list_variables(output, set()))))
        self._divided: dict[tuple[bool, ...], Group] = {}

    def divide(self, variables: Mapping[str, Any]) -> Group:
        """The primary group, from which all others are reached."""
        bits = tuple(bool(variables.get(name)) for name in self._variables)
        found = self._divided.get(bits)
        if found is None:
            if len(self._divided) >= _MAX_DIVISIONS:
                self._divided.clear()
            division = _Division(self._parents, dict(zip(self._variables, bits, strict=True)))
            output, place = division.divide(self._output, PRIMARY)
            found = self._divided[bits] = Group(PRIMARY, output, place)
        return found


@dataclass(slots=True)
class _Division:
    parents: Mapping[int, int | None]
    variables: Mapping[str, bool]
    done: dict[tuple[int, Fragments], tuple[OutputSelection, Place | None]] = field(default_factory=dict)

    def divide(self, selection: OutputSelection, fragments: Fragments) -> tuple[OutputSelection, Place | None]:
        """What the position has for these fragments, and where on it or below others begin."""
        known = self.done.get((id(selection), fragments))
        if known is None:
            by_type: list[tuple[str, tuple[OutputField, ...]]] = []
            places: dict[str, PlaceFields] = {}
            for typename, fields in selection.by_type:
                own, places[typename] = self._divide_fields(typename, fields, fragments)
                by_type.append((typename, own))
            is_empty = not any(item.groups or item.below for item in places.values())
            known = (
                replace(selection, by_type=tuple(by_type)),
                None if is_empty else Place(selection.typename_source, places),
            )
            self.done[id(selection), fragments] = known
        return known

    def _divide_fields(
        self, typename: str, fields: Iterable[OutputField], fragments: Fragments
    ) -> tuple[tuple[OutputField, ...], PlaceFields]:
        found: dict[Fragments, list[OutputField]] = {fragments: []}
        for item in fields:
            needed = self._fragments_of(item.conditions, fragments)
            if needed is not None:
                found.setdefault(needed, []).append(item)
        own, below = self._keep(found.pop(fragments), fragments)
        groups: list[Group] = []
        for needed, items in found.items():
            kept, deeper = self._keep(items, needed)
            place = Place(None, {typename: PlaceFields((), deeper)}) if deeper else None
            groups.append(Group(needed, OutputSelection(((typename, kept),)), place))
        return own, PlaceFields(tuple(groups), below)

    def _keep(
        self, fields: Iterable[OutputField], fragments: Fragments
    ) -> tuple[tuple[OutputField, ...], tuple[tuple[str, str, Place], ...]]:
        kept: list[OutputField] = []
        below: list[tuple[str, str, Place]] = []
        for item in fields:
            selection, place = item.selection, None
            if selection is not None:
                selection, place = self.divide(selection, fragments)
            if place is not None:
                below.append((item.key, item.source, place))
            kept.append(replace(item, conditions=(), selection=selection))
        return tuple(kept), tuple(below)

    def _fragments_of(self, alternatives: Alternatives, around: Fragments) -> Fragments | None:
        """For which fragments a field is delivered, selected on an object delivered for those around; None: it is not.

        A field that is selected by a fragment and also by one inside of it comes with the outer one.
        """
        if not alternatives:
            return around
        found: set[int] = set()
        is_selected = False
        for conditions in alternatives:
            test = build_conjunction_test(tuple(item for item in conditions if not item.is_deferral))
            if test is not None and not test(self.variables):
                continue
            is_selected = True
            # Fragments are numbered from the outside in.
            innermost = max((item.deferral for item in conditions if item.is_deferral), default=None)
            if innermost is not None:
                found.add(innermost)
            elif not around:
                return around
            else:
                found |= around
        if not is_selected:
            return None
        return frozenset(number for number in found if not found.intersection(self._list_parents(number)))

    def _list_parents(self, number: int) -> Iterator[int]:
        parent = self.parents[number]
        while parent is not None:
            yield parent
            parent = self.parents[parent]


def _list_variables(selection: OutputSelection, seen: set[int]) -> Iterator[str]:
    if id(selection) in seen:
        return
    seen.add(id(selection))
    for _, fields in selection.by_type:
        for item in fields:
            yield from (each.variable for group in item.conditions for each in group if not each.is_deferral)
            if item.selection is not None:
                yield from _list_variables(item.selection, seen)
