"""One run of a compiled operation: waves of fields, each resolved once for all objects that have it.

Everything that needs no waiting is done depth first; what has to be awaited is collected and awaited together, and its
results lead to the next wave. So the fields that wait for something in one wave wait side by side, wherever they stand
in the document, and a data loader sees the keys of all of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from itertools import repeat
from typing import Any

from graphql import GraphQLError

from entrepot.shared.graphql.execution.awaiting import await_all, await_in_turn, discard
from entrepot.shared.graphql.execution.failures import NullPropagation
from entrepot.shared.graphql.execution.kinds import AWAITABLE, kind_of
from entrepot.shared.graphql.execution.markers import PENDING
from entrepot.shared.graphql.execution.plan import (
    AWAITED,
    Column,
    FieldStep,
    OperationPlan,
    Place,
    Run,
    Selection,
    Waiting,
    complete,
)


class Execution(Run):
    """A run with its loop: it executes the parts of a plan, and awaits wave by wave."""

    async def execute(
        self, plan: OperationPlan, renew: Callable[[], Awaitable[None]]
    ) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
        """The result's data and its errors in document order (GraphQL specification, section 6.2).

        `renew` is called between the root fields of a mutation.
        """
        data: dict[str, Any] = {}
        errors: list[GraphQLError] = []
        for part in plan.parts:
            if data:
                # What an earlier mutation changed is read again.
                await renew()
            (out,) = run_selection(part, self, [self._inputs.root_value])
            await self._drain()
            if self._has_failed:
                propagation = NullPropagation(self._abstract)
                survives = propagation.apply(part, out, [])
                errors += propagation.errors
                if not survives:
                    # The mutations that follow are not run: nobody would learn what came of them.
                    return None, errors
                self._has_failed = False
            data |= out
        return data, errors

    async def _drain(self) -> None:
        """Await what is waiting, wave by wave, until nothing is."""
        try:
            while self._waiting:
                wave, self._waiting = self._waiting, []
                await self._await_wave(wave)
        finally:
            for waiting in self._waiting:
                discard(waiting.awaitables)

    async def _await_wave(self, wave: Sequence[Waiting]) -> None:
        batches = [waiting.awaitables[0] for waiting in wave if waiting.is_batch]
        others = [awaitable for waiting in wave if not waiting.is_batch for awaitable in waiting.awaitables]
        if others:
            answers, *results = await await_all([await_in_turn(batches), *others])
        else:
            answers, results = await await_in_turn(batches), []
        begin, turn = 0, iter(answers)
        for waiting in wave:
            if waiting.is_batch:
                values = self.unpack(waiting.step, next(turn), waiting.count)
            else:
                end = begin + len(waiting.awaitables)
                values = results[begin:end]
                begin = end
            waiting.place(waiting.completion.complete(self, waiting.step, values, set(map(type, values))))


def run_selection(selection: Selection, run: Run, sources: Sequence[Any]) -> list[dict[str, Any]]:
    """The result objects of sources that are all of the selection's type."""
    count = len(sources)
    columns: list[Any] = []
    waiting: list[tuple[FieldStep, list[Awaitable[Any]], list[int]]] = []
    batches: list[tuple[FieldStep, Awaitable[Sequence[Any]]]] = []
    try:
        for step in selection.steps:
            run.count(count, step)
            if step.is_batch:
                column, awaitable = start_batch(run, step, sources)
                if awaitable is not None:
                    batches.append((step, awaitable))
            else:
                column, awaitables, positions = run.start(step, sources)
                if awaitables:
                    # Ends a selection of lists in lists, in which each list is a statement, before it runs.
                    waiting.append((step, awaitables, positions))
                    run.count(len(awaitables) * AWAITED, step)
            columns.append(repeat(PENDING, count) if column is None else column)
    except BaseException:
        for _, awaitables, _ in waiting:
            discard(awaitables)
        discard([awaitable for _, awaitable in batches])
        raise
    outs = selection.build(columns, count)
    for step, awaitables, positions in waiting:
        targets = outs if len(positions) == count else [outs[position] for position in positions]
        run.wait(step, awaitables, _placing(step.key, targets))
    for step, awaitable in batches:
        run.wait_batch(step, awaitable, count, _placing(step.key, outs))
    return outs


def start_batch(
    run: Run, step: FieldStep, sources: Sequence[Any]
) -> tuple[Column | None, Awaitable[Sequence[Any]] | None]:
    """Call a batch field: its completed column, or what answers the column when it is awaited."""
    try:
        if step.guard is not None:
            step.guard(run.context)
        answer: Any = step.read(run, step, sources)
    except Exception as error:  # noqa: BLE001 - the error of the field for each source
        answer = error
    if kind_of(type(answer)) == AWAITABLE:
        return None, answer
    return complete(run, step, run.unpack(step, answer, len(sources))), None


def _placing(key: str, outs: Sequence[dict[str, Any]]) -> Place:
    def place(values: Sequence[Any]) -> None:
        for out, value in zip(outs, values, strict=True):
            out[key] = value

    return place
