"""The work budget of planning, counted in steps and never in time, so that one operation always plans alike."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.router.errors import PlanningBudgetSpent

DEFAULT_BUDGET = 200_000
_GREEDY_SHARE = 2
_STEPS_PER_FIELD = 8
_FIELDS_UNTIL_COUNTED = 64


@dataclass(slots=True)
class Budget:
    """What is left of the steps.

    Once half of them are taken, `is_greedy` tells the search to take the first good choice instead of comparing all: it
    goes on from what it has found by then. Assigning fields to fetches has an allowance of its own, so that a search
    that is spent leaves it whole.
    """

    left: int
    is_greedy: bool = False
    _reserve: int = field(init=False)
    _assignable: int = field(init=False)
    _uncounted: int = field(init=False)

    def __post_init__(self) -> None:
        self._reserve = self.left // _GREEDY_SHARE
        self._assignable = self.left // _STEPS_PER_FIELD
        self._uncounted = self._assignable - self._assignable // _FIELDS_UNTIL_COUNTED

    def spend(self, steps: int = 1) -> None:
        """Spend steps; `PlanningBudgetSpent` when none are left."""
        self.left -= steps
        if self.left < self._reserve:
            self.is_greedy = True
            if self.left < 0:
                raise PlanningBudgetSpent("The operation is too complex: no plan was found within the work budget.")

    def assign(self, fields: int) -> bool:
        """Counts fields assigned to a fetch; `PlanningBudgetSpent` for more than are allowed.

        True when they have become many, once: then it pays to count the rest ahead, and to `expect` it.
        """
        before, self._assignable = self._assignable, self._assignable - fields
        if self._assignable < 0:
            self._refuse()
        return self._assignable < self._uncounted <= before

    def expect(self, fields: int) -> None:
        """Refuses at once what is bound to come to more fields in all than are allowed."""
        if fields * _STEPS_PER_FIELD > self._reserve * _GREEDY_SHARE:
            self._refuse()

    def _refuse(self) -> None:
        raise PlanningBudgetSpent("The operation is too complex: it comes to too many fields in all.")
