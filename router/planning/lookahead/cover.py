"""The smallest cover: one choice for each field so that together they cost least.

Exact when there are few combinations, by beam when there are many; always deterministic, since costs are extended in
the order of the fields and choices and sorting is stable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from entrepot.router.planning.lookahead.budget import Budget
from entrepot.router.planning.lookahead.fetch_set import FetchSet, cost

BEAM = 16


class HasFetchSet(Protocol):
    """Anything with a cost."""

    @property
    def fetch_set(self) -> FetchSet: ...


Item = TypeVar("Item", bound=HasFetchSet)


def choose_cover(
    rows: Sequence[Sequence[Item]],
    base: FetchSet,
    width: int,
    budget: Budget,
    remainder: Callable[[Item], int] | None = None,
) -> list[Item]:
    """One item of each row: of those that the least cost pays for the cheapest, and among equals the first.

    `base` is what is paid for anyway, so that sharing it costs nothing. Among items, and sets of them, that cost the
    same, those with the least `remainder` come first.
    """
    for row in rows:
        if len(row) == 1:
            base |= row[0].fetch_set
    fetch_sets = [base]
    limit = 1 if budget.is_greedy else BEAM
    for row in sorted((row for row in rows if len(row) > 1), key=len):
        extended: dict[FetchSet, None] = {}
        for fetch_set in fetch_sets:
            # What is paid for already cannot be beaten by what is not.
            if any(item.fetch_set | fetch_set == fetch_set for item in row):
                extended[fetch_set] = None
            else:
                extended.update(dict.fromkeys(fetch_set | item.fetch_set for item in row))
        budget.spend(len(extended))
        fetch_sets = sorted(extended, key=lambda fetch_set: cost(fetch_set, width))[:limit]
    best = fetch_sets[0]
    equals = [fetch_set for fetch_set in fetch_sets if cost(fetch_set, width) == cost(best, width)]
    if remainder is None or budget.is_greedy:
        return _choose_all(rows, best, width, None)
    covers = [_choose_all(rows, fetch_set, width, remainder) for fetch_set in equals]
    return covers[0] if len(covers) == 1 else min(covers, key=lambda cover: sum(map(remainder, cover)))


def _choose_all(
    rows: Sequence[Sequence[Item]], paid: FetchSet, width: int, remainder: Callable[[Item], int] | None
) -> list[Item]:
    return [row[0] if len(row) == 1 else _choose(row, paid, width, remainder) for row in rows]


def _choose(row: Sequence[Item], paid: FetchSet, width: int, remainder: Callable[[Item], int] | None) -> Item:
    found = [item for item in row if item.fetch_set | paid == paid]
    least = min(cost(item.fetch_set, width) for item in found)
    cheapest = [item for item in found if cost(item.fetch_set, width) == least]
    return cheapest[0] if remainder is None or len(cheapest) == 1 else min(cheapest, key=remainder)
