"""`@skip` and `@include`: literal ones are decided, variable ones become conditions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from graphql.language import BooleanValueNode, VariableNode

from entrepot.router.selection import Condition

if TYPE_CHECKING:
    from graphql.language import DirectiveNode

_EXPECTED = {"include": True, "skip": False}


def read_conditions(directives: Iterable[DirectiveNode] | None) -> tuple[Condition, ...] | None:
    """The variable conditions, in a fixed order; None when a literal or a contradiction says never."""
    conditions: set[Condition] = set()
    for directive in directives or ():
        expected = _EXPECTED.get(directive.name.value)
        if expected is None:
            continue
        for argument in directive.arguments or ():
            if isinstance(argument.value, BooleanValueNode) and argument.value.value is not expected:
                return None
            if isinstance(argument.value, VariableNode):
                conditions.add(Condition(argument.value.name.value, expected))
    return join_conditions((), tuple(conditions))


def join_conditions(outer: tuple[Condition, ...], inner: tuple[Condition, ...]) -> tuple[Condition, ...] | None:
    """The conditions of both, each once; None when they contradict each other."""
    if not inner:
        return outer
    joined = {*outer, *inner}
    if len({condition.variable for condition in joined}) < len(joined):
        return None
    return tuple(sorted(joined, key=lambda condition: condition.variable))
