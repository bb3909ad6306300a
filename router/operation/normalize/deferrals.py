"""`@defer`: a deferred fragment gets a number at each place where it stands, and a condition that it is delivered.

Before: `{ a { ...F @defer(label: "x") } } fragment F on A { b }`
After:  `{ a { ... on A @defer 0 { b } } }`, and deferral 0 at `a` with label `x`
Equivalent by the collecting of fields of incremental delivery: a deferred fragment selects what it would without the
directive, only later. What is selected outside of it too is not deferred; merging fields sees to that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from graphql.language import BooleanValueNode, StringValueNode, VariableNode

from entrepot.router.selection import Condition, Deferral, Field, Selection, SelectionSet, build_deferral

if TYPE_CHECKING:
    from graphql.language import DirectiveNode


@dataclass(frozen=True, slots=True)
class Mark:
    """A `@defer` as it is written."""

    label: str | None
    variable: str | None


def read_mark(directives: Iterable[DirectiveNode] | None) -> Mark | None:
    """The `@defer` among the directives of a fragment; None without one, and for `if: false`."""
    found = next((item for item in directives or () if item.name.value == "defer"), None)
    if found is None:
        return None
    values = {argument.name.value: argument.value for argument in found.arguments or ()}
    decided, label = values.get("if"), values.get("label")
    if isinstance(decided, BooleanValueNode) and not decided.value:
        return None
    return Mark(
        label.value if isinstance(label, StringValueNode) else None,
        decided.name.value if isinstance(decided, VariableNode) else None,
    )


def number_deferrals(selections: SelectionSet, marks: Sequence[Mark]) -> tuple[SelectionSet, tuple[Deferral, ...]]:
    """The selections with one number for each place of each mark, and the deferrals in the order of their numbers."""
    numbering = _Numbering(marks)
    return numbering.walk(selections, (), None), tuple(numbering.found.values())


def keep_deferrals(
    selections: SelectionSet, deferrals: Iterable[Deferral], kept: frozenset[int]
) -> tuple[SelectionSet, tuple[Deferral, ...]]:
    """The selections without the deferrals that are not kept; those inside of them move up to what is left."""
    parents = {item.number: item.parent for item in deferrals}

    def find_parent(number: int | None) -> int | None:
        while number is not None and number not in kept:
            number = parents[number]
        return number

    remaining = tuple(replace(item, parent=find_parent(item.parent)) for item in deferrals if item.number in kept)
    return _drop(selections, kept), remaining


@dataclass(slots=True)
class _Numbering:
    marks: Sequence[Mark]
    found: dict[tuple[tuple[str, ...], int, int | None], Deferral] = field(default_factory=dict)

    def walk(self, selections: SelectionSet, path: tuple[str, ...], parent: int | None) -> SelectionSet:
        return tuple(self._walk(item, path, parent) for item in selections)

    def _walk(self, item: Selection, path: tuple[str, ...], parent: int | None) -> Selection:
        if isinstance(item, Field):
            if not item.selections:
                return item
            # Introspection is answered locally, and whole.
            inner = (
                _drop(item.selections, frozenset())
                if item.name.startswith("__")
                else self.walk(item.selections, (*path, item.response_key), parent)
            )
            return replace(item, selections=inner)
        mark = next((condition.deferral for condition in item.conditions if condition.is_deferral), None)
        if mark is None:
            return replace(item, selections=self.walk(item.selections, path, parent))
        deferral = self._number(mark, path, parent)
        others = tuple(condition for condition in item.conditions if not condition.is_deferral)
        conditions = _sort((*others, build_deferral(deferral.number)))
        return replace(item, selections=self.walk(item.selections, path, deferral.number), conditions=conditions)

    def _number(self, mark: int, path: tuple[str, ...], parent: int | None) -> Deferral:
        known = self.found.get((path, mark, parent))
        if known is None:
            written = self.marks[mark]
            known = Deferral(len(self.found), path, written.label, written.variable, parent)
            self.found[path, mark, parent] = known
        return known


def _drop(selections: SelectionSet, kept: frozenset[int]) -> SelectionSet:
    return tuple(
        replace(
            item,
            selections=_drop(item.selections, kept),
            conditions=tuple(
                condition for condition in item.conditions if not condition.is_deferral or condition.deferral in kept
            ),
        )
        for item in selections
    )


def _sort(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    return tuple(sorted(conditions, key=lambda condition: condition.variable))
