"""Stage: the query plan, made once per authorized operation."""

from __future__ import annotations

from dataclasses import replace

from entrepot.router.errors import ClientError
from entrepot.router.execution import ExecutionLimits, compile_plan
from entrepot.router.operation import resolve_deferrals
from entrepot.router.pipeline.authorization.nullify import nullify
from entrepot.router.pipeline.cache.bounded_cache import BoundedCache
from entrepot.router.pipeline.cache.planned import PlannedOperation
from entrepot.router.pipeline.cache.snapshot import PlanKey
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.execution.deferred import choose_deferred, keep_deferred, list_deferred
from entrepot.router.pipeline.instrumentation.timings import computing
from entrepot.router.planning import plan_operation as plan


def plan_operation(context: RequestContext) -> None:
    """Find the plan of the authorized operation, or make it; a cached error of planning is raised again."""
    plans = context.request.snapshot.plans
    labels = context.operation.labels or ()
    active = sum(1 << bit for bit, label in enumerate(labels) if label in context.active_labels)
    deferred = choose_deferred(context) if context.authorized.normalized.deferrals else 0
    key = (context.operation.hash, context.authorized.mask, deferred, active)
    planned = plans.get(key)
    if planned is None:
        with computing(context, "plan"):
            planned = _plan(context, deferred)
        plans.put(key, planned, planned.weight)
        _weigh_again(planned, key, plans)
    if planned.failure is not None:
        raise planned.failure.with_traceback(None)
    context.planned = planned


def _weigh_again(planned: PlannedOperation, key: PlanKey, plans: BoundedCache[PlanKey, PlannedOperation]) -> None:
    """Let the cache know whenever the plan has grown by an answer to introspection."""
    if planned.compiled is not None:
        planned.compiled.watch_weight(lambda: plans.put(key, planned, planned.weight))


def _plan(context: RequestContext, deferred: int) -> PlannedOperation:
    snapshot, authorized = context.request.snapshot, context.authorized
    normalized, deferred_numbers = authorized.normalized, list_deferred(deferred)
    if normalized.deferrals:
        normalized = resolve_deferrals(snapshot.supergraph, normalized, deferred_numbers)
    try:
        budget = snapshot.config.planner.max_steps
        made = plan(snapshot.graph, normalized, budget, active_labels=context.active_labels)
    except ClientError as error:
        return PlannedOperation(failure=error)
    if authorized.unauthorized:
        made = replace(made, output=nullify(made.output, keep_deferred(authorized.unauthorized, deferred_numbers)))
    limits = ExecutionLimits(introspection_values=snapshot.config.limits.max_introspection_values)
    compiled = compile_plan(made, limits, api_schema=snapshot.supergraph.api_schema)
    return PlannedOperation(plan=made, compiled=compiled)
