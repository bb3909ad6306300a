"""`@skip` and `@include` on variables, as tests that are built once per plan; and those that a request set to null."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from entrepot.router.selection import Condition, NullableCondition

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


@dataclass(frozen=True, slots=True)
class NullConditions:
    """The conditions of one request whose `if` is null: the objects on which they stand are null, with an error.

    They are by the response keys of their objects (GraphQL sections 6.3.2 and 6.4.1). `variables` are those that are
    null and nothing but conditions.
    """

    by_path: Mapping[tuple[str, ...], list[NullableCondition]] = field(default_factory=dict)
    variables: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.by_path or self.variables)

    def replace_in(self, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """The variables to fetch with: subgraphs would fail for the nulls too, each in its own words."""
        return {**variables, **dict.fromkeys(self.variables, False)}

    def describe(self, path: tuple[str, ...], typename: str) -> str | None:
        """What is wrong with the selection of an object of the type; None when nothing is."""
        if any(typename in item.types for item in self.by_path.get(path, ())):
            return "Argument 'if' of non-null type 'Boolean!' must not be null."
        return None


NO_NULL_CONDITIONS = NullConditions()


def find_null_conditions(conditions: tuple[NullableCondition, ...], variables: Mapping[str, Any]) -> NullConditions:
    """Those that are null for these variables; a variable that is left out has the default of the argument."""
    if not conditions:
        return NO_NULL_CONDITIONS
    nulls = [item for item in conditions if variables.get(item.variable, True) is None]
    found: dict[tuple[str, ...], list[NullableCondition]] = {}
    for item in nulls:
        test = build_conjunction_test(item.conditions)
        if test is None or test(variables):
            found.setdefault(item.path, []).append(item)
    return NullConditions(found, frozenset(item.variable for item in nulls if not item.is_argument))
