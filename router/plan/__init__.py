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
]
