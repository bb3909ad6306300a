"""Query planning: one pure function from graph and operation to plan."""

from entrepot.router.planning.labels import collect_labels
from entrepot.router.planning.lookahead.budget import DEFAULT_BUDGET
from entrepot.router.planning.planner import plan_operation

__all__ = ["DEFAULT_BUDGET", "collect_labels", "plan_operation"]
