"""What the operations of clients say about a change: whether they stay valid, who uses it, how they are planned."""

from entrepot.router.checks.operations.breaking import find_broken_operations
from entrepot.router.checks.operations.operation import KnownOperation, read_operations
from entrepot.router.checks.operations.plans import compare_plans
from entrepot.router.checks.operations.traffic import Traffic, TrafficFilter, read_traffic
from entrepot.router.checks.operations.usage import Usage, collect_usage

__all__ = [
    "KnownOperation",
    "Traffic",
    "TrafficFilter",
    "Usage",
    "collect_usage",
    "compare_plans",
    "find_broken_operations",
    "read_operations",
    "read_traffic",
]
