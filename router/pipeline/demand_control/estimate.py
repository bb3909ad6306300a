"""Stage: what the operation is estimated to cost, before anything is planned or fetched for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from entrepot.router.config import DemandConfig
from entrepot.router.errors import ClientError, CostExceeded
from entrepot.router.execution import ExecutionResult
from entrepot.router.execution.json_text import encode_json
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.demand_control.cost_model import CostModel
from entrepot.router.pipeline.demand_control.cost_tree import OperationCost

_MAX_KEPT: Final = 64
_MAX_KEY: Final = 1024
_LARGEST: Final = 2**53 - 1
"""What every JSON reader takes for exactly this number; nothing that costs more is ever allowed."""


@dataclass(slots=True)
class Cost:
    """What a request costs: as estimated, and as counted in its answer once there is one."""

    estimate: int
    maximum: int
    actual: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The entry of `extensions.cost`."""
        content = {"estimate": self.estimate, "maximum": self.maximum}
        return content if self.actual is None else content | {"actual": self.actual}


@dataclass(slots=True)
class KnownCosts:
    """The cost of one view of an operation, and its estimates by the values of the variables that change it."""

    operation: OperationCost
    estimates: dict[bytes, int | ClientError]


def estimate_cost(context: RequestContext) -> None:
    """Fill in `context.cost`; raises CostExceeded and ListSizeUnknown where costs are enforced."""
    config = context.snapshot.config.demand
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
            if len(known.estimates) >= _MAX_KEPT:
                known.estimates.clear()
            known.estimates[key] = found
    if isinstance(found, ClientError):
        raise found.with_traceback(None)
    context.cost = Cost(found, config.maximum)
    if is_strict and found > config.maximum:
        raise CostExceeded(
            f"The operation is estimated to cost {found}; at most {config.maximum} is allowed. Ask for less at a time.",
            extensions={"estimate": found, "maximum": config.maximum},
        )


def count_cost(context: RequestContext, result: ExecutionResult) -> None:
    """Count what a complete answer cost, and tell it to who may see it."""
    cost = context.cost
    if cost is None:
        return
    config = context.snapshot.config.demand
    counted = _find_costs(context, config).operation.count(result.data, context.variables)
    cost.actual = min(counted, _LARGEST)
    show_cost(context, result)


def show_cost(context: RequestContext, result: ExecutionResult) -> None:
    """Tell what is known of the cost to who may see it."""
    config = context.snapshot.config.demand
    if context.cost is not None and _may_see(context, config):
        result.extensions["cost"] = context.cost.to_json()


def _find_costs(context: RequestContext, config: DemandConfig) -> KnownCosts:
    view = context.view
    if view.costs is None:
        model = CostModel(context.snapshot.supergraph, config.weights)
        view.costs = KnownCosts(model.build_cost(view.normalized), {})
    return view.costs


def _may_see(context: RequestContext, config: DemandConfig) -> bool:
    if config.expose == "scopes":
        return context.caller.principal.has_scopes(config.scopes)
    return config.expose == "on"
