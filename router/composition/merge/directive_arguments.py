"""How differing arguments of one directive are combined: data, one strategy an argument."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from entrepot.router.federation.literals import Literal

Alternatives = list[list[str]]


def merge_arguments_of(federation: str | None, arguments: Sequence[dict[str, Literal]]) -> dict[str, Literal] | None:
    """The combined arguments of several applications, None where the directive has no such rule."""
    strategies = _STRATEGIES.get(federation or "")
    if strategies is None:
        return None
    merged: dict[str, Literal] = {}
    for name, (combine, default) in strategies.items():
        values = [each.get(name, default) for each in arguments]
        known = [value for value in values if value is not None]
        if known:
            merged[name] = combine(known)
    return merged


def conjoin(requirements: Sequence[Alternatives]) -> Alternatives:
    """All of these requirements at once, each a list of alternatives of which one must hold whole.

    Shortest alternatives first; one that asks for more than another is left out.
    """
    combined = {frozenset(name for part in parts for name in part) for parts in product(*requirements)}
    minimal = [each for each in combined if not any(other < each for other in combined)]
    return sorted((sorted(each) for each in minimal), key=lambda names: (len(names), names))


def _as_list(value: Literal) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _union(values: Sequence[Literal]) -> list[Literal]:
    return list(dict.fromkeys(item for value in values for item in _as_list(value)))


def _conjoin_literals(values: Sequence[Literal]) -> Alternatives:
    return conjoin([[_as_list(alternative) for alternative in _as_list(value)] for value in values])


_STRATEGIES: dict[str, dict[str, tuple[Callable[[Sequence[Literal]], Literal], Literal]]] = {
    "cost": {"weight": (max, None)},
    "listSize": {
        "assumedSize": (max, None),
        "slicingArguments": (_union, None),
        "sizedFields": (_union, None),
        "requireOneSlicingArgument": (all, True),
    },
    "requiresScopes": {"scopes": (_conjoin_literals, None)},
    "policy": {"policies": (_conjoin_literals, None)},
}
