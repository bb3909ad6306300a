"""The plan cache entry: the plan, its compiled form, and its representation for clients."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from entrepot.router.errors import ClientError
from entrepot.router.execution import CompiledPlan
from entrepot.router.plan import QueryPlan, plan_to_json, plan_to_mermaid, print_plan

# A plan and its compiled form take about this many times the length of its representation.
_WEIGHT = 4


@dataclass
class PlannedOperation:
    """A plan and its compiled form, or the error that planning ended with: as costly to find out a second time."""

    plan: QueryPlan | None = None
    compiled: CompiledPlan | None = None
    failure: ClientError | None = None

    @property
    def weight(self) -> int:
        """About the bytes that it takes, with the answers to introspection that are cached with the plan."""
        cached = 0 if self.compiled is None else self.compiled.introspection_weight
        return self._plan_weight + cached

    @cached_property
    def _plan_weight(self) -> int:
        return len(repr(self.plan)) * _WEIGHT + 1024

    @cached_property
    def report(self) -> dict[str, Any]:
        """The plan as `extensions.queryPlan` shows it: text, JSON and a Mermaid diagram."""
        assert self.plan is not None
        return {
            "text": print_plan(self.plan),
            "json": plan_to_json(self.plan),
            "mermaid": plan_to_mermaid(self.plan),
        }
