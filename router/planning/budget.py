"""The work budget of planning, counted in steps and never in time, so that one operation always plans alike."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.errors import PlanningBudgetSpent

DEFAULT_BUDGET = 100_000
_STEPS_PER_FIELD = 4


@dataclass(slots=True)
class Budget:
    """What is left; `is_greedy` tells the search to take the first good choice instead of comparing all.

    Assigning fields to fetches has an allowance of its own, so that a search that is spent leaves it whole.
    """

    left: int
    is_greedy: bool = False
    _assignable: int = field(init=False)

    def __post_init__(self) -> None:
        self._assignable = self.left // _STEPS_PER_FIELD

    def spend(self, steps: int = 1) -> None:
        """Takes steps away; `PlanningBudgetSpent` when none are left."""
        self.left -= steps
        if self.left < 0:
            raise PlanningBudgetSpent("The operation is too complex: no plan was found within the work budget.")

    def assign(self, fields: int) -> None:
        """Counts fields assigned to a fetch; `PlanningBudgetSpent` for more than are allowed."""
        self._assignable -= fields
        if self._assignable < 0:
            raise PlanningBudgetSpent("The operation is too complex: it comes to too many fields in all.")
