"""Query planning: one pure function from graph and operation to plan."""

from router.planning.budget import DEFAULT_BUDGET
from router.planning.labels import collect_labels
from router.planning.planner import plan_operation

__all__ = ["DEFAULT_BUDGET", "collect_labels", "plan_operation"]
