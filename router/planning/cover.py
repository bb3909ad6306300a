"""The smallest cover: one choice for each field so that together they cost least.

Exact when there are few combinations, by beam when there are many; always deterministic, since states are extended in
the order of the fields and choices and sorting is stable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from router.planning.budget import Budget
from router.planning.cost import Cost, price

BEAM = 16


class Priced(Protocol):
    """Anything with a cost."""

    @property
    def cost(self) -> Cost: ...


Item = TypeVar("Item", bound=Priced)


def choose_cover(rows: Sequence[Sequence[Item]], base: Cost, width: int, budget: Budget) -> list[Item]:
    """One item of each row; `base` is what is paid for anyway, so that sharing it costs nothing."""
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
    states: list[tuple[Cost, tuple[Item, ...]]] = [(base, ())]
    limit = 1 if budget.is_greedy else BEAM
    for index in order:
        row = rows[index]
        if len(row) == 1:
            states = [(cost | row[0].cost, (*items, row[0])) for cost, items in states]
            continue
        extended: dict[Cost, tuple[Item, ...]] = {}
        for cost, items in states:
            # What is paid for already cannot be beaten by what is not.
            free = next((item for item in row if item.cost | cost == cost), None)
            for item in row if free is None else (free,):
                extended.setdefault(cost | item.cost, (*items, item))
        budget.spend(len(extended))
        states = sorted(extended.items(), key=lambda state: price(state[0], width))
        del states[limit:]
    best = min(states, key=lambda state: price(state[0], width))[1]
    chosen = dict(zip(order, best, strict=True))
    return [chosen[index] for index in range(len(rows))]
