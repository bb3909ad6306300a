"""`@skip` and `@include` on variables, as tests that are built once per plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from entrepot.router.selection import Condition

ConditionTest = Callable[[Mapping[str, Any]], bool]


def build_conjunction_test(conditions: tuple[Condition, ...]) -> ConditionTest | None:
    """A test that says whether all conditions hold for a request's variables; None when there is none."""
    if not conditions:
        return None
    wanted = tuple((condition.variable, condition.expected) for condition in conditions)

    def holds(variables: Mapping[str, Any]) -> bool:
        return all(bool(variables.get(name)) is expected for name, expected in wanted)

    return holds


def build_disjunction_test(alternatives: tuple[tuple[Condition, ...], ...]) -> ConditionTest | None:
    """A test that says whether any alternative holds whole; None when that is always so."""
    tests = [build_conjunction_test(alternative) for alternative in alternatives]
    if not tests or None in tests:
        return None
    needed = tuple(test for test in tests if test is not None)
    return lambda variables: any(test(variables) for test in needed)
