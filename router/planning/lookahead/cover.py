"""The smallest cover: one choice for each field so that together they cost least.

Exact when there are few combinations, by beam when there are many; always deterministic, since costs are extended in
the order of the fields and choices and sorting is stable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from entrepot.router.planning.lookahead.budget import Budget
from entrepot.router.planning.lookahead.fetch_set import Cost, price

BEAM = 16


class Priced(Protocol):
    """Anything with a cost."""

    @property
    def cost(self) -> Cost: ...


Item = TypeVar("Item", bound=Priced)


def choose_cover(rows: Sequence[Sequence[Item]], base: Cost, width: int, budget: Budget) -> list[Item]:
    """One item of each row: of those that the least cost pays for the cheapest, and among equals the first.

    `base` is what is paid for anyway, so that sharing it costs nothing.
    """
    for row in rows:
        if len(row) == 1:
            base |= row[0].cost
    costs = [base]
    limit = 1 if budget.is_greedy else BEAM
    for row in sorted((row for row in rows if len(row) > 1), key=len):
        extended: dict[Cost, None] = {}
        for cost in costs:
            # What is paid for already cannot be beaten by what is not.
            if any(item.cost | cost == cost for item in row):
                extended[cost] = None
            else:
                extended.update(dict.fromkeys(cost | item.cost for item in row))
        budget.spend(len(extended))
        costs = sorted(extended, key=lambda cost: price(cost, width))[:limit]
    return [row[0] if len(row) == 1 else _choose(row, costs[0], width) for row in rows]


def _choose(row: Sequence[Item], best: Cost, width: int) -> Item:
    paid = (item for item in row if item.cost | best == best)
    return min(paid, key=lambda item: price(item.cost, width))
