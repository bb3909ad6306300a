"""Durations of the stages that had no cached result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.instrumentation.records import Computation


@contextmanager
def computing(context: RequestContext, stage: str) -> Iterator[None]:
    """Time the block as a computation of the stage."""
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
