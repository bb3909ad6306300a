"""The query plan that planning makes and execution runs."""

from entrepot.router.plan.nodes import (
    ConditionNode,
    ContextInput,
    DeferredPart,
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
from entrepot.router.plan.printer import plan_to_json, plan_to_mermaid, print_path, print_plan
from entrepot.router.plan.repeat_calls import declare_variables, repeat_calls

__all__ = [
    "ConditionNode",
    "ContextInput",
    "DeferredPart",
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
    "declare_variables",
    "plan_to_json",
    "plan_to_mermaid",
    "print_path",
    "print_plan",
    "repeat_calls",
]
