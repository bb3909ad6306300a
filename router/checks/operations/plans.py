"""How operations are planned on both versions: requests to subgraphs, and how many of them follow each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from entrepot.router.checks.change import Change
from entrepot.router.checks.operations.operation import KnownOperation
from entrepot.router.checks.versions import Version
from entrepot.router.errors import RouterError
from entrepot.router.operation import normalize_operation
from entrepot.router.plan import ConditionNode, Fetch, Parallel, PlanNode, QueryPlan, Sequence, print_plan
from entrepot.router.planning import plan_operation


@dataclass(frozen=True, slots=True)
class PlanSize:
    """The requests of a plan, and the longest sequence of them."""

    fetches: int
    waves: int

    def __str__(self) -> str:
        return f"{_count(self.fetches, 'request')} in {_count(self.waves, 'wave')}"


def compare_plans(operations: Iterable[KnownOperation], base: Version, head: Version) -> Iterator[Change]:
    """Those that can no longer be planned, or take more requests or waves; `operations` are valid on both versions."""
    for operation in operations:
        before = _plan(operation, base)
        if isinstance(before, RouterError):
            continue
        after = _plan(operation, head)
        if isinstance(after, RouterError):
            message = f"The operation {operation.label} can no longer be planned: {after.message}"
            yield Change.of("OPERATION_UNPLANNABLE", operation.label, message)
            continue
        was, now = measure_plan(before), measure_plan(after)
        if now.fetches > was.fetches or now.waves > was.waves:
            message = f"The plan of the operation {operation.label} grows from {was} to {now}."
            plans = f"base:\n{print_plan(before)}\nhead:\n{print_plan(after)}"
            yield replace(Change.of("OPERATION_SLOWER", operation.label, message), details=plans)


def measure_plan(plan: QueryPlan) -> PlanSize:
    """The size of all of a plan, its deferred parts included."""
    parts = [_measure(plan.root)] + [_measure(part.root) for part in plan.deferred]
    subscription = 0 if plan.subscription is None else 1
    fetches = sum(part.fetches for part in parts) + subscription
    return PlanSize(fetches, sum(part.waves for part in parts) + subscription)


def _measure(node: PlanNode | None) -> PlanSize:
    match node:
        case None:
            return PlanSize(0, 0)
        case Fetch():
            return PlanSize(1, 1)
        case ConditionNode(step=step):
            return _measure(step)
        case Sequence(steps=steps):
            sizes = [_measure(step) for step in steps]
            return PlanSize(sum(size.fetches for size in sizes), sum(size.waves for size in sizes))
        case Parallel(steps=steps):
            sizes = [_measure(step) for step in steps]
            return PlanSize(sum(size.fetches for size in sizes), max((size.waves for size in sizes), default=0))


def _plan(operation: KnownOperation, version: Version) -> QueryPlan | RouterError:
    try:
        normalized = normalize_operation(version.supergraph, operation.document, operation.name)
        return plan_operation(version.graph, normalized)
    except RouterError as error:
        return error


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
