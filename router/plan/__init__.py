"""The query plan that planning makes and execution runs."""

from router.plan.nodes import (
    ConditionNode,
    EntityCall,
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
from router.plan.printer import plan_to_json, plan_to_mermaid, print_path, print_plan

__all__ = [
    "ConditionNode",
    "EntityCall",
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
    "plan_to_json",
    "plan_to_mermaid",
    "print_path",
    "print_plan",
]
