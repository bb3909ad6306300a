"""The cost of a request, and what is cached of the cost of an operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from entrepot.router.errors import ClientError
from entrepot.router.pipeline.demand_control.cost_tree import OperationCost


@dataclass(slots=True)
class Cost:
    """The cost of a request: estimated, and counted in its response once there is one."""

    estimate: int
    maximum: int
    actual: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The entry of `extensions.cost`."""
        content = {"estimate": self.estimate, "maximum": self.maximum}
        return content if self.actual is None else content | {"actual": self.actual}


@dataclass(slots=True)
class KnownCosts:
    """The cost of an authorized operation, and its estimates by the values of the variables that change it."""

    operation: OperationCost
    estimates: dict[bytes, int | ClientError]
