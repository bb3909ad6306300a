"""The steps of a plan: in sequence, in parallel, or conditional."""

from __future__ import annotations

import asyncio
from typing import Protocol

from entrepot.router.execution.conditions import build_conjunction_test
from entrepot.router.execution.contexts import ContextFetch
from entrepot.router.execution.fetch import CompiledFetch, PlanContext, Run, Work
from entrepot.router.execution.requests import ExecutionLimits
from entrepot.router.plan import ConditionNode, Fetch, Parallel, PlanNode


class CompiledStep(Protocol):
    """A compiled step: `start` does what needs no waiting, and answers the rest as work, or None if nothing is left."""

    def start(self, run: Run) -> Work | None: ...


def build_step(node: PlanNode, limits: ExecutionLimits, context: PlanContext) -> CompiledStep:
    """The step that runs `node` of the plan that `context` tells of."""
    if isinstance(node, Fetch):
        has_contexts = any(call.contexts for call in node.entities)
        return ContextFetch(node, limits, context) if has_contexts else CompiledFetch(node, limits, context)
    if isinstance(node, ConditionNode):
        return _ConditionStep(node, build_step(node.step, limits, context))
    steps = tuple(build_step(step, limits, context) for step in node.steps)
    if len(steps) == 1:
        return steps[0]
    return _ParallelStep(steps) if isinstance(node, Parallel) else _SequenceStep(steps)


class _SequenceStep:
    def __init__(self, steps: tuple[CompiledStep, ...]) -> None:
        self._steps = steps

    def start(self, run: Run) -> Work | None:
        return self._run(run)

    async def _run(self, run: Run) -> None:
        for step in self._steps:
            work = step.start(run)
            if work is not None:
                await work


class _ParallelStep:
    def __init__(self, steps: tuple[CompiledStep, ...]) -> None:
        self._steps = steps

    def start(self, run: Run) -> Work | None:
        works = [work for step in self._steps if (work := step.start(run)) is not None]
        if not works:
            return None
        return works[0] if len(works) == 1 else _run_together(works)


class _ConditionStep:
    def __init__(self, node: ConditionNode, step: CompiledStep) -> None:
        self._holds = build_conjunction_test(node.conditions)
        self._step = step

    def start(self, run: Run) -> Work | None:
        if self._holds is None or self._holds(run.request.variables):
            return self._step.start(run)
        return None


async def _run_together(works: list[Work]) -> None:
    # The group cancels all of them when the caller leaves; fetches themselves never fail.
    async with asyncio.TaskGroup() as group:
        for work in works[1:]:
            group.create_task(work)
        await works[0]
