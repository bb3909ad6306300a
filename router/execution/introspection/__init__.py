"""Introspection: `__schema` and `__type`, answered from the API schema within a limit of values."""

from entrepot.router.execution.introspection.budget import find_budget
from entrepot.router.execution.introspection.introspection import Introspection

__all__ = ["Introspection", "find_budget"]
