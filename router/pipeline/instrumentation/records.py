"""The record of an operation: its outcome, and the stages that computed something."""

from __future__ import annotations

from typing import Literal, NamedTuple

Outcome = Literal["answered", "partial", "refused", "abandoned"]


class Computation(NamedTuple):
    """A stage without a cached result, with its start and end in seconds by the request's clock."""

    stage: str
    started: float
    ended: float


class OperationRecord:
    """The outcome of one operation, made when it is more than a response without errors.

    An operation is abandoned when its client disconnected. `codes` are those of its errors, each once; `fetches` counts
    requests to subgraphs where an observer needs it.
    """

    __slots__ = ("codes", "fetches", "outcome")

    def __init__(self) -> None:
        self.outcome: Outcome = "answered"
        self.codes: tuple[str, ...] = ()
        self.fetches = 0
