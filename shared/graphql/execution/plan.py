"""What an operation is compiled to, selections of field steps, and the state of a run as the steps see it.

The steps take the run, and the run calls the steps: they refer to each other, so they stand in one module.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import is_awaitable
from strawberry.types import Info

from entrepot.shared.graphql.execution.arguments import Arguments
from entrepot.shared.graphql.execution.generated import generate_builder
from entrepot.shared.graphql.execution.kinds import AWAITABLE, kind_of, to_awaitable
from entrepot.shared.graphql.execution.markers import PENDING, Failure

Column = list[Any]
"""One value per source, in the order of the sources."""

Read = Callable[["Run", "FieldStep", Sequence[Any]], Column]
"""Reads the raw values of a field from its sources; a value may be an awaitable or a `Failure`."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The output type of a field or of a list's items, as far as null propagation needs it."""

    kind: Literal["leaf", "list", "object"]
    is_required: bool
    item: Shape | None = None
    selection: Selection | None = None
    """That of the objects; None where the type is abstract and each object has its own."""


@dataclass(slots=True)
class FieldStep:
    """One response key of a selection."""

    key: str
    name: str
    nodes: Sequence[FieldNode]
    parent: GraphQLObjectType
    read: Read
    completion: Completion
    shape: Shape
    arguments: Arguments | None = None
    is_batch: bool = False
    """Whether `read` answers one awaitable of a whole column instead of a column."""
    guard: Callable[[Any], None] | None = None
    """Called with the context once per run; what it raises is the error of the field for every source."""
    definition: Any = None
    """The field of Strawberry, where there is one."""


@dataclass(slots=True)
class Selection:
    """The steps that make the result objects of one object type, in document order."""

    parent: GraphQLObjectType
    steps: list[FieldStep] = field(default_factory=list)
    build: Callable[[Sequence[Iterable[Any]], int], list[dict[str, Any]]] = field(init=False)

    def seal(self) -> None:
        """Generate the function that makes result objects from columns; call it once all steps are known."""
        self.build = generate_builder(tuple(step.key for step in self.steps))


@dataclass(frozen=True, slots=True)
class OperationPlan:
    """A compiled operation: one part, or for a mutation one part per root field, which run one after another."""

    parts: Sequence[Selection]


class Completion(Protocol):
    """Completes a column of raw values that are not awaited any more."""

    def complete(self, run: Run, step: FieldStep, values: Sequence[Any], types: set[type]) -> Column:
        """One result value, None or `Failure` per value, in their order; may schedule what has to be awaited.

        `types` are the types of the values.
        """
        ...


Place = Callable[[Sequence[Any]], None]


@dataclass(slots=True)
class Waiting:
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


AWAITED: Final = 100
"""How many values a field counts for each object that it awaits something for, usually a statement of its own."""


class TooMuchWork(GraphQLError):
    """An operation asks for more values than one may."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a run is given: the schema, the operation and its variables, the context and the root value."""

    schema: GraphQLSchema
    info_class: type[Info[Any, Any]]
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    variables: VariableValues
    context: Any
    root_value: Any
    max_values: int
    """The number of values that the run may read."""


class Run:
    """The state of one run: its inputs, what is awaited, and what failed."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._waiting: list[Waiting] = []
        self._abstract: list[tuple[Selection, list[dict[str, Any]]]] = []
        self._has_failed = False
        self._values = 0
        self._arguments: dict[int, dict[str, Any]] = {}
        self._infos: dict[int, GraphQLResolveInfo] = {}

    def start(self, step: FieldStep, sources: Sequence[Any]) -> tuple[Column | None, list[Awaitable[Any]], list[int]]:
        """Read a field: the completed column (None where all of it is awaited), what is awaited, and its positions."""
        if step.guard is not None:
            try:
                step.guard(self._inputs.context)
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
        self._waiting.append(Waiting(step, step.completion, awaitables, place))

    def wait_batch(self, step: FieldStep, awaitable: Awaitable[Sequence[Any]], count: int, place: Place) -> None:
        """Await one list of `count` values of a field."""
        self._waiting.append(Waiting(step, step.completion, [awaitable], place, is_batch=True, count=count))

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

        self._waiting.append(Waiting(step, completion, [to_awaitable(item) for item in awaitables], place))

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
        """Count work; raises TooMuchWork past the engine's limit, before the values are read."""
        self._values += values
        if self._values > self._inputs.max_values:
            raise TooMuchWork(
                f"This operation reads more than {self._inputs.max_values} values: ask for shorter lists.",
                list(step.nodes),
                extensions={"code": "COST_EXCEEDED"},
            )

    def arguments_of(self, step: FieldStep) -> dict[str, Any]:
        """The keyword arguments of a step, coerced once per run; raises GraphQLError for what cannot be coerced."""
        known = self._arguments.get(id(step))
        if known is None:
            assert step.arguments is not None
            known = step.arguments.resolve(self._inputs.variables, self.strawberry_info_of(step))
            self._arguments[id(step)] = known
        return known

    def info_of(self, step: FieldStep) -> GraphQLResolveInfo:
        """One `info` per step: everything but the path is the same for all objects."""
        known = self._infos.get(id(step))
        if known is None:
            inputs = self._inputs
            known = self._infos[id(step)] = GraphQLResolveInfo(
                step.name,
                list(step.nodes),
                step.parent.fields[step.name].type,
                step.parent,
                _UNKNOWN_PATH,  # type: ignore[arg-type]
                inputs.schema,
                inputs.fragments,
                inputs.root_value,
                inputs.operation,
                inputs.variables,
                inputs.context,
                is_awaitable,
                None,
                None,  # type: ignore[arg-type]
            )
        return known

    def strawberry_info_of(self, step: FieldStep) -> Info[Any, Any]:
        return self._inputs.info_class(_raw_info=self.info_of(step), _field=step.definition)

    @property
    def context(self) -> Any:
        return self._inputs.context


def complete(run: Run, step: FieldStep, values: Sequence[Any]) -> Column:
    """The completed column of a field's raw values."""
    return step.completion.complete(run, step, values, set(map(type, values)))
