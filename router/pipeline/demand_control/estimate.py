"""Stage: demand control, the estimated cost before anything is planned or fetched."""

from __future__ import annotations

from typing import Final

from entrepot.router.config import DemandControlConfig
from entrepot.router.errors import ClientError, CostExceeded
from entrepot.router.execution import ExecutionResult
from entrepot.router.execution.json_text import encode_json
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.demand_control.cost import Cost, KnownCosts
from entrepot.router.pipeline.demand_control.cost_model import CostModel

_MAX_ESTIMATES: Final = 64
_MAX_KEY: Final = 1024
_LARGEST: Final = 2**53 - 1
"""What every JSON reader takes for exactly this number; nothing that costs more is ever allowed."""


def estimate_cost(context: RequestContext) -> None:
    """Fill in `context.cost`; raises CostExceeded and ListSizeUnknown where costs are enforced."""
    config = context.request.snapshot.config.demand_control
    if config.mode == "off":
        return
    known = _find_costs(context, config)
    is_strict = config.mode == "enforce"
    values = [context.variables.get(name) for name in known.operation.variables]
    # A variable that is left out is not one that is null: a default may stand in for it.
    key = encode_json([values, [name in context.variables for name in known.operation.variables]])
    found = known.estimates.get(key)
    if found is None:
        try:
            found = min(known.operation.estimate(context.variables, is_strict=is_strict), _LARGEST)
        except ClientError as error:
            found = error
        if len(key) <= _MAX_KEY:
            if len(known.estimates) >= _MAX_ESTIMATES:
                known.estimates.clear()
            known.estimates[key] = found
    if isinstance(found, ClientError):
        raise found.with_traceback(None)
    context.cost = Cost(found, config.max_cost)
    if is_strict and found > config.max_cost:
        raise CostExceeded(
            f"The operation is estimated to cost {found}; at most {config.max_cost} is allowed. Select less.",
            extensions={"estimate": found, "maximum": config.max_cost},
        )


def count_cost(context: RequestContext, result: ExecutionResult) -> None:
    """Count what a complete answer cost, and tell it to who may see it."""
    cost = context.cost
    if cost is None:
        return
    config = context.request.snapshot.config.demand_control
    counted = _find_costs(context, config).operation.count(result.data, context.variables)
    cost.actual = min(counted, _LARGEST)
    show_cost(context, result)


def show_cost(context: RequestContext, result: ExecutionResult) -> None:
    """Tell what is known of the cost to who may see it."""
    config = context.request.snapshot.config.demand_control
    if context.cost is not None and _may_see(context, config):
        result.extensions["cost"] = context.cost.to_json()


def _find_costs(context: RequestContext, config: DemandControlConfig) -> KnownCosts:
    authorized = context.authorized
    if authorized.costs is None:
        model = CostModel(context.request.snapshot.supergraph, config.weights)
        authorized.costs = KnownCosts(model.build_cost(authorized.normalized), {})
    return authorized.costs


def _may_see(context: RequestContext, config: DemandControlConfig) -> bool:
    if config.expose == "scopes":
        return context.request.caller.principal.has_scopes(config.scopes)
    return config.expose == "on"
