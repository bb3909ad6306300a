"""Deferred parts while planning: which part a condition belongs to, and what is cut out of the fetches of another."""

from __future__ import annotations

from router.selection import Condition

Conditions = tuple[Condition, ...]
PRIMARY = -1


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
