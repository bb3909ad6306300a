"""Query planning: one pure function from graph and operation to plan."""

from router.planning.budget import DEFAULT_BUDGET
from router.planning.planner import plan_operation

__all__ = ["DEFAULT_BUDGET", "plan_operation"]
