"""The payloads of an incremental response."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from entrepot.router.execution.paths import JsonObject, Location
from entrepot.router.execution.result import ExecutionResult


@dataclass(frozen=True, slots=True, eq=False)
class PendingFragment:
    """A deferred fragment on one object, announced to the client under an id; `path` leads to the object."""

    id: str
    path: Location
    label: str | None


@dataclass(frozen=True, slots=True)
class DeliveredData:
    """Fields of the object at `path`, which belong to all of `fragments`.

    `trail` holds, for each step of the path, the client's value that the step leads to.
    """

    fragments: tuple[PendingFragment, ...]
    path: Location
    trail: tuple[Any, ...]
    data: JsonObject
    errors: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CompletedFragment:
    """All of a fragment is delivered; or, with `errors`, nothing more will be, since a null went up to its edge."""

    fragment: PendingFragment
    errors: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Payload:
    """One part of an answer; `result` is the primary part, and in the first payload only."""

    result: ExecutionResult | None = None
    pending: list[PendingFragment] = field(default_factory=list)
    delivered: list[DeliveredData] = field(default_factory=list)
    completed: list[CompletedFragment] = field(default_factory=list)
    has_next: bool = True

    @property
    def is_empty(self) -> bool:
        return not (self.result or self.pending or self.delivered or self.completed)
