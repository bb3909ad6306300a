"""The work budget of planning, counted in steps and never in time, so that one operation always plans alike."""

from __future__ import annotations

from dataclasses import dataclass

from router.errors import PlanningBudgetSpent

DEFAULT_BUDGET = 100_000


@dataclass(slots=True)
class Budget:
    """What is left; `is_greedy` tells the search to take the first good choice instead of comparing all."""

    left: int
    is_greedy: bool = False

    def spend(self, steps: int = 1) -> None:
        """Takes steps away; `PlanningBudgetSpent` when none are left."""
        self.left -= steps
        if self.left < 0:
            raise PlanningBudgetSpent("The operation is too complex: no plan was found within the work budget.")
