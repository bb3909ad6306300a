"""The query plan: made by the planner, run by the executor."""

from entrepot.router.plan.expand_calls import declare_variables, expand_calls_per_context
from entrepot.router.plan.nodes import (
    ConditionNode,
    ContextInput,
    DeferredPart,
    EntityFetch,
    Fetch,
    IntrospectionField,
    OperationKind,
    OutputField,
    OutputSelection,
    OutputType,
    Parallel,
    Path,
    PathStep,
    PlanNode,
    QueryPlan,
    Representation,
    Sequence,
)
from entrepot.router.plan.printer import plan_to_json, plan_to_mermaid, print_path, print_plan

__all__ = [
    "ConditionNode",
    "ContextInput",
    "DeferredPart",
    "EntityFetch",
    "Fetch",
    "IntrospectionField",
    "OperationKind",
    "OutputField",
    "OutputSelection",
    "OutputType",
    "Parallel",
    "Path",
    "PathStep",
    "PlanNode",
    "QueryPlan",
    "Representation",
    "Sequence",
    "declare_variables",
    "expand_calls_per_context",
    "plan_to_json",
    "plan_to_mermaid",
    "print_path",
    "print_plan",
]
