"""The options of a field: who could resolve it, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.router.graph import FieldEdge
from entrepot.router.planning.lookahead.entity_moves import EntityMove
from entrepot.router.planning.lookahead.fetch_set import FetchSet
from entrepot.router.selection import SelectionSet


@dataclass(frozen=True, slots=True)
class Option:
    """One way to resolve a field, or the part of it that `selections` holds: here (`move` None), or elsewhere."""

    edge: FieldEdge
    move: EntityMove | None
    selections: SelectionSet
    fetch_set: FetchSet


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to resolve a field whole: a single option, or several that each hold a part of what is below it."""

    options: tuple[Option, ...]
    fetch_set: FetchSet


def join_options(options: tuple[Option, ...]) -> Choice:
    """One choice of several options, each of which holds a part."""
    fetch_set: FetchSet = 0
    for option in options:
        fetch_set |= option.fetch_set
    return Choice(options, fetch_set)
