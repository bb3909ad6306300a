"""Introspection: `__schema` and `__type`, answered from the API schema within a limit of values."""

from entrepot.router.execution.introspection.budget import find_budget
from entrepot.router.execution.introspection.introspection import Introspection, add_introspected

__all__ = ["Introspection", "add_introspected", "find_budget"]
