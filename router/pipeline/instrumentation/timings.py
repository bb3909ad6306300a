"""How long what a request had to compute took; what is found done takes no time to speak of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from entrepot.router.pipeline.context import RequestContext


class Computation(NamedTuple):
    """A stage that had something to compute, with its start and end in seconds by the request's clock."""

    stage: str
    started: float
    ended: float


@contextmanager
def computing(context: RequestContext, stage: str) -> Iterator[None]:
    """The block computes for the stage what no earlier request has left behind."""
    started = context.monotonic()
    try:
        yield
    finally:
        context.computed += (Computation(stage, started, context.monotonic()),)


def report_computations(context: RequestContext) -> list[dict[str, Any]]:
    """The computations as `extensions.timings.stages` shows them: start and length in milliseconds."""
    return [
        {
            "stage": each.stage,
            "start": to_milliseconds(each.started - context.started),
            "milliseconds": to_milliseconds(each.ended - each.started),
        }
        for each in context.computed
    ]


def to_milliseconds(seconds: float) -> float:
    """Seconds as milliseconds, to the microsecond."""
    return round(seconds * 1000, 3)
