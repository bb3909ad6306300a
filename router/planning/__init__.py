"""The query planner: a pure function from graph and operation to query plan.

`docs/planning.md` has a worked example, with the value after each stage.
"""

from entrepot.router.planning.labels import collect_labels
from entrepot.router.planning.lookahead.budget import DEFAULT_BUDGET
from entrepot.router.planning.planner import plan_operation

__all__ = ["DEFAULT_BUDGET", "collect_labels", "plan_operation"]
