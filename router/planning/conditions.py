"""Conditions while planning: `@include` and `@skip`, and the deferrals that decide when something is delivered."""

from __future__ import annotations

from entrepot.router.selection import Condition

Conditions = tuple[Condition, ...]
PRIMARY = -1


def add_conditions(held: Conditions, more: Conditions) -> Conditions:
    """Both, each once, in the order of the variables."""
    if not more or more == held:
        return held
    return tuple(sorted({*held, *more}, key=lambda condition: (condition.variable, condition.expected)))


def part_of(conditions: Conditions) -> int:
    """The innermost deferred fragment among the conditions, PRIMARY without any.

    Fragments are numbered from the outside in, so that the innermost has the highest number.
    """
    return max((condition.deferral for condition in conditions if condition.is_deferral), default=PRIMARY)


def deferrals_of(conditions: Conditions) -> Conditions:
    """Those that say in which part something is delivered."""
    return conditions and tuple(condition for condition in conditions if condition.is_deferral)


def without_deferrals(conditions: Conditions) -> Conditions:
    """The conditions without deferrals: those that are sent to subgraphs."""
    return conditions and tuple(condition for condition in conditions if not condition.is_deferral)
