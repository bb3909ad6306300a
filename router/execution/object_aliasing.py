"""Object aliasing: whether objects with one representation may share one result, or need copies for later fetches.

Two places that hold the same entity may ask different things of it under one response key. As long as nothing is
written below a shared result, nobody can tell; where a later fetch goes on below it, each place gets a copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from entrepot.router.plan import ConditionNode, EntityFetch, Fetch, Path, PlanNode

Aliasing = Literal["all", "path", "object"]


def choose_aliasing(call: EntityFetch, fetches: tuple[Fetch, ...]) -> Aliasing:
    """How far one result of `call` may be shared in a plan of these fetches.

    By all objects with its representation, by those of one path, or by none.
    """
    if any(_differs_below(call, other) for fetch in fetches for other in fetch.entities):
        return "object"
    written = [path for fetch in fetches for other in fetch.entities for path in other.paths]
    below = [(path, longer) for path in call.paths for longer in written if _goes_below(longer, path)]
    if any(longer[: len(path)] != path for path, longer in below):
        # The longer path narrows to some types where this one does not: even objects of one path differ.
        return "object"
    root_fetches = sum(not fetch.entities for fetch in fetches)
    if len(call.paths) > 1 and (below or root_fetches > 1):
        return "path"
    return "all"


def iterate_fetches(node: PlanNode | None) -> Iterator[Fetch]:
    """All fetches of a plan, in its order."""
    if node is None:
        return
    if isinstance(node, Fetch):
        yield node
    elif isinstance(node, ConditionNode):
        yield from iterate_fetches(node.step)
    else:
        for step in node.steps:
            yield from iterate_fetches(step)


def _differs_below(call: EntityFetch, other: EntityFetch) -> bool:
    """Whether what the other call asks below a result of this one depends on the object that holds the result."""
    return any(
        _goes_below(longer, path) and any(len(longer) - item.levels <= len(path) for item in other.contexts)
        for longer in other.paths
        for path in call.paths
    )


def _goes_below(longer: Path, path: Path) -> bool:
    return len(longer) > len(path) and all(
        mine.key == other.key for mine, other in zip(path, longer[: len(path)], strict=True)
    )
