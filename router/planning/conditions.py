"""Conditions while planning: joined along the way, and told apart by whether they say when something is delivered."""

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
    """Those that a subgraph can be told: whether something is asked for at all."""
    return conditions and tuple(condition for condition in conditions if not condition.is_deferral)
