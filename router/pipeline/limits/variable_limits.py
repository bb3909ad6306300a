"""Stage: the size of the variables, before they are coerced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from entrepot.router.config import LimitsConfig
from entrepot.router.errors import LimitExceeded
from entrepot.router.pipeline.context import RequestContext


@dataclass(slots=True)
class ValueSize:
    """How large a JSON value is; `bytes` counts its texts as they are in memory, and a few for everything else."""

    bytes: int = 0
    depth: int = 0
    items: int = 0


def check_variables(context: RequestContext) -> None:
    """Refuse variables that are larger than is configured; raises LimitExceeded."""
    variables = context.request.graphql.variables
    if not variables:
        return
    limits = context.request.snapshot.config.limits
    size = measure_value(variables, limits)
    measured = (
        ("variables bytes", size.bytes, limits.max_variables_bytes),
        ("variables depth", size.depth, limits.max_variables_depth),
        ("list items", size.items, limits.max_argument_list_items),
    )
    for name, asked, allowed in measured:
        if asked > allowed:
            raise LimitExceeded(
                f"The variables pass a limit: {name} are {asked}, at most {allowed} are accepted. Send less at a time.",
                extensions={"limit": name, "allowed": allowed, "asked": asked},
            )


def measure_value(value: Any, limits: LimitsConfig) -> ValueSize:
    """The size of a value, level by level; ends as soon as a limit is passed."""
    size = ValueSize()
    level = [value]
    while level and size.depth <= limits.max_variables_depth and size.bytes <= limits.max_variables_bytes:
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                size.bytes += len(item) + 2
            elif isinstance(item, dict):
                size.bytes += 2 + sum(len(key) + 4 for key in item)
                below += item.values()
            elif isinstance(item, list):
                size.bytes += 2 + len(item)
                size.items = max(size.items, len(item))
                below += item
            else:
                size.bytes += 8
        size.depth += any(isinstance(item, dict | list) for item in level)
        level = below
    return size
