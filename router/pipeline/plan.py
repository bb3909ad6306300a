"""Stage: how the operation is answered, once for each operation and what its callers may see of it."""

from __future__ import annotations

from dataclasses import replace

from router.errors import ClientError
from router.execution import compile_plan
from router.pipeline.context import RequestContext
from router.pipeline.nulls import add_nulls
from router.pipeline.planned import PlannedOperation
from router.planning import plan_operation as plan


def plan_operation(context: RequestContext) -> None:
    """Find the plan of the operation's view, or make it; raises what planning raises, and again when asked again."""
    plans = context.snapshot.plans
    key = (context.operation.hash, context.view.mask)
    planned = plans.get(key)
    if planned is None:
        planned = _plan(context)
        plans.put(key, planned, planned.weight)
    if planned.failure is not None:
        raise planned.failure.with_traceback(None)
    context.planned = planned


def _plan(context: RequestContext) -> PlannedOperation:
    snapshot, view = context.snapshot, context.view
    try:
        made = plan(snapshot.graph, view.normalized, snapshot.config.planner.budget)
    except ClientError as error:
        return PlannedOperation(failure=error)
    if view.removals:
        made = replace(made, output=add_nulls(made.output, view.removals))
    return PlannedOperation(plan=made, compiled=compile_plan(made, api_schema=snapshot.supergraph.api_schema))
