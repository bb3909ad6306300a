"""One run of a compiled operation: waves of fields, each resolved once for all objects that have it.

Everything that needs no waiting is done depth first; what has to be awaited is collected and awaited together, and its
results lead to the next wave. So the fields that wait for something in one wave wait side by side, wherever they stand
in the document, and a data loader sees the keys of all of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

from graphql import GraphQLError, GraphQLResolveInfo
from graphql.execution.values import VariableValues
from graphql.pyutils import is_awaitable

from entrepot.shared.graphql.execution.awaiting import await_all, await_in_turn, discard
from entrepot.shared.graphql.execution.failures import PENDING, Failure, Settlement
from entrepot.shared.graphql.execution.kinds import AWAITABLE, kind_of, to_awaitable

if TYPE_CHECKING:
    from strawberry.types import Info

    from entrepot.shared.graphql.execution.completion import Completion
    from entrepot.shared.graphql.execution.engine import Engine
    from entrepot.shared.graphql.execution.operation import Operation
    from entrepot.shared.graphql.execution.plan import Column, FieldStep, OperationPlan, Selection

Place = Callable[[Sequence[Any]], None]


@dataclass(slots=True)
class _Waiting:
    """Values that are awaited, what completes them, and where the completed ones go."""

    step: FieldStep
    completion: Completion
    awaitables: Sequence[Awaitable[Any]]
    place: Place
    is_batch: bool = False
    count: int = 0
    """With a batch: how many values the one awaitable has to answer."""


class UnknownPath:
    """Stands for the response path in `info`: a field runs for many objects at once, so it has no single path."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"A field is resolved for many objects at once, so `info.path` has no {name!r}.")


_UNKNOWN_PATH: Final = UnknownPath()


class TooMuchWork(GraphQLError):
    """An operation asks for more values than one may."""


class Run:
    """The state of one run: the inputs of the operation, what is awaited, and what failed."""

    def __init__(
        self,
        engine: Engine,
        operation: Operation,
        variables: VariableValues,
        context: Any,
        root_value: Any,
    ) -> None:
        self._engine = engine
        self._operation = operation
        self._variables = variables
        self._context = context
        self._root_value = root_value
        self._waiting: list[_Waiting] = []
        self._abstract: list[tuple[Selection, list[dict[str, Any]]]] = []
        self._has_failed = False
        self._values = 0
        self._arguments: dict[int, dict[str, Any]] = {}
        self._infos: dict[int, GraphQLResolveInfo] = {}

    async def execute(self, plan: OperationPlan) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
        """The result's data and its errors in document order (GraphQL specification, section 6.2)."""
        data: dict[str, Any] = {}
        errors: list[GraphQLError] = []
        for part in plan.parts:
            if data:
                # What an earlier mutation changed is read again.
                await self._engine.release(self._context)
                self._engine.begin(self._context)
            (out,) = part.run(self, [self._root_value])
            await self._drain()
            if self._has_failed:
                settlement = Settlement(self._abstract)
                survives = settlement.settle(part, out, [])
                errors += settlement.errors
                if not survives:
                    # The mutations that follow are not run: nobody would learn what came of them.
                    return None, errors
                self._has_failed = False
            data |= out
        return data, errors

    # What the steps call.

    def start(self, step: FieldStep, sources: Sequence[Any]) -> tuple[Column | None, list[Awaitable[Any]], list[int]]:
        """Read a field: the completed column (None where all of it is awaited), what is awaited, and its positions."""
        if step.guard is not None:
            try:
                step.guard(self._context)
            except Exception as error:  # noqa: BLE001 - the refusal is the error of the field for each source
                values: Sequence[Any] = [self.fail(error)] * len(sources)
                return complete(self, step, values), [], []
        values = step.read(self, step, sources)
        types = set(map(type, values))
        if AWAITABLE not in map(kind_of, types):
            return step.completion.complete(self, step, values, types), [], []
        positions = [position for position, value in enumerate(values) if kind_of(type(value)) == AWAITABLE]
        awaitables = [to_awaitable(values[position]) for position in positions]
        if len(positions) == len(values):
            return None, awaitables, positions
        ready = [PENDING if kind_of(type(value)) == AWAITABLE else value for value in values]
        return complete(self, step, ready), awaitables, positions

    def wait(self, step: FieldStep, awaitables: Sequence[Awaitable[Any]], place: Place) -> None:
        """Await values of a field; the completed ones go to `place`, in their order."""
        self._waiting.append(_Waiting(step, step.completion, awaitables, place))

    def wait_batch(self, step: FieldStep, awaitable: Awaitable[Sequence[Any]], count: int, place: Place) -> None:
        """Await one list of `count` values of a field."""
        self._waiting.append(_Waiting(step, step.completion, [awaitable], place, is_batch=True, count=count))

    def await_items(
        self,
        step: FieldStep,
        completion: Completion,
        awaitables: Sequence[Awaitable[Any]],
        places: Sequence[tuple[list[Any], int]],
    ) -> None:
        """Await items of lists; each completed one goes to its place, a list and a position in it."""

        def place(values: Sequence[Any]) -> None:
            for (items, position), value in zip(places, values, strict=True):
                items[position] = value

        self._waiting.append(_Waiting(step, completion, [to_awaitable(item) for item in awaitables], place))

    def fail(self, error: Exception) -> Failure:
        """The marker of a failed value."""
        self._has_failed = True
        return Failure(error)

    def fail_with(self, value: Any) -> Any:
        """The marker for a value that is an exception, or is a marker already."""
        return self.fail(value) if isinstance(value, Exception) else value

    def note_abstract(self, selection: Selection, completed: Sequence[Any]) -> None:
        """Remember which selection made the objects of an abstract field."""
        self._abstract.append((selection, [out for out in completed if type(out) is dict]))

    def unpack(self, step: FieldStep, answer: Any, count: int) -> Sequence[Any]:
        """What a batch field answered for `count` objects: a value for each, or the failure of them all."""
        if isinstance(answer, Exception):
            return [self.fail(answer)] * count
        if isinstance(answer, Sequence) and len(answer) == count:
            return answer
        size = len(answer) if isinstance(answer, Sequence) else type(answer).__qualname__
        place = f"{step.parent.name}.{step.name}"
        return [self.fail(TypeError(f"The batch field {place} answered {size} values for {count} objects."))] * count

    def count(self, values: int, step: FieldStep) -> None:
        """Count work; raises TooMuchWork past the engine's limit."""
        self._values += values
        if self._values > self._engine.max_values:
            raise TooMuchWork(
                f"This operation reads more than {self._engine.max_values} values: ask for shorter lists.",
                list(step.nodes),
            )

    def arguments_of(self, step: FieldStep) -> dict[str, Any]:
        """The keyword arguments of a step, coerced once per run; raises GraphQLError for what cannot be coerced."""
        known = self._arguments.get(id(step))
        if known is None:
            assert step.arguments is not None
            known = step.arguments.resolve(self._variables, self.strawberry_info_of(step))
            self._arguments[id(step)] = known
        return known

    def info_of(self, step: FieldStep) -> GraphQLResolveInfo:
        """One `info` per step: everything but the path is the same for all objects."""
        known = self._infos.get(id(step))
        if known is None:
            engine = self._engine
            known = self._infos[id(step)] = GraphQLResolveInfo(
                step.name,
                list(step.nodes),
                step.parent.fields[step.name].type,
                step.parent,
                _UNKNOWN_PATH,  # type: ignore[arg-type]
                engine.schema,
                self._operation.fragments,
                self._root_value,
                self._operation.node,
                self._variables,
                self._context,
                is_awaitable,
                None,
                None,  # type: ignore[arg-type]
            )
        return known

    def strawberry_info_of(self, step: FieldStep) -> Info[Any, Any]:
        return self._engine.info_class(_raw_info=self.info_of(step), _field=step.definition)

    @property
    def context(self) -> Any:
        return self._context

    # The loop.

    async def _drain(self) -> None:
        """Await what is waiting, wave by wave, until nothing is."""
        try:
            while self._waiting:
                wave, self._waiting = self._waiting, []
                await self._settle_wave(wave)
        finally:
            for waiting in self._waiting:
                discard(waiting.awaitables)

    async def _settle_wave(self, wave: Sequence[_Waiting]) -> None:
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


def complete(run: Run, step: FieldStep, values: Sequence[Any]) -> Column:
    """The completed column of a field's raw values."""
    return step.completion.complete(run, step, values, set(map(type, values)))


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
                    waiting.append((step, awaitables, positions))
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
