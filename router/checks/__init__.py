"""The schema check: changes between two versions of a graph, and whether clients survive them."""

from entrepot.router.checks.approvals import Approval, apply_approvals, read_approvals
from entrepot.router.checks.change import CHANGE_CODES, Change, Criticality, Place
from entrepot.router.checks.check import CheckResult, Contract, GracePeriod, check_versions
from entrepot.router.checks.operations import (
    KnownOperation,
    Traffic,
    TrafficFilter,
    read_operations,
    read_traffic,
)
from entrepot.router.checks.versions import Version

__all__ = [
    "CHANGE_CODES",
    "Approval",
    "Change",
    "CheckResult",
    "Contract",
    "Criticality",
    "GracePeriod",
    "KnownOperation",
    "Place",
    "Traffic",
    "TrafficFilter",
    "Version",
    "apply_approvals",
    "check_versions",
    "read_approvals",
    "read_operations",
    "read_traffic",
]
