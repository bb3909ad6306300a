"""Changes of `@cost` and `@listSize`, by which limits refuse operations."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot.router.checks.change import Change
from entrepot.router.checks.meaning.elements import is_in_both
from entrepot.router.supergraph import Supergraph

_NONE = "none"


def compare_cost(base: Supergraph, head: Supergraph) -> Iterator[Change]:
    """The changes of elements that both versions have; what is new or gone is reported as such."""
    before, after = _weights(base), _weights(head)
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key) and is_in_both(base, head, key):
            coordinate, was, now = _print(key), before.get(key, _NONE), after.get(key, _NONE)
            yield Change.of("COST_CHANGED", coordinate, f"The @cost of {coordinate} changes from {was} to {now}.")
    sizes, others = base.demand.list_sizes, head.demand.list_sizes
    for key in sorted(sizes.keys() | others.keys()):
        if sizes.get(key) != others.get(key) and is_in_both(base, head, key):
            coordinate = _print(key)
            yield Change.of("LIST_SIZE_CHANGED", coordinate, f"The @listSize of {coordinate} changes.")


def _weights(supergraph: Supergraph) -> dict[tuple[str, ...], int]:
    """The weights by type, by field, by argument."""
    demand = supergraph.demand
    weights: dict[tuple[str, ...], int] = {(name,): weight for name, weight in demand.types.items()}
    weights.update((key, weight) for each in (demand.fields, demand.input_fields) for key, weight in each.items())
    weights.update((key, weight) for key, weight in demand.arguments.items())
    return weights


def _print(key: tuple[str, ...]) -> str:
    coordinate = ".".join(key[:2])
    return f"{coordinate}({key[2]}:)" if key[2:] else coordinate
