"""What an operation is compiled to: selections of field steps, each run once for all objects of its level."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

from graphql import FieldNode, GraphQLObjectType

if TYPE_CHECKING:
    from entrepot.shared.graphql.execution.arguments import Arguments
    from entrepot.shared.graphql.execution.completion import Completion
    from entrepot.shared.graphql.execution.run import Run

_MAX_GENERATED_KEYS: Final = 120

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

    def run(self, run: Run, sources: Sequence[Any]) -> list[dict[str, Any]]:
        """The result objects of sources that are all of this object type."""
        from entrepot.shared.graphql.execution.run import run_selection

        return run_selection(self, run, sources)

    def seal(self) -> None:
        """Generate the function that makes result objects from columns; call it once all steps are known."""
        self.build = generate_builder(tuple(step.key for step in self.steps))


@dataclass(frozen=True, slots=True)
class OperationPlan:
    """A compiled operation: one part, or for a mutation one part per root field, which run one after another."""

    parts: Sequence[Selection]


@lru_cache(maxsize=4096)
def generate_builder(keys: tuple[str, ...]) -> Callable[[Sequence[Iterable[Any]], int], list[dict[str, Any]]]:
    """A function of (columns, count) that zips the columns to `count` dictionaries with these keys.

    The loop is generated code: a display of a dictionary is several times as fast as `dict(zip(...))`.
    """
    if not keys:
        return lambda _columns, count: [{} for _ in range(count)]
    if len(keys) > _MAX_GENERATED_KEYS:
        return lambda columns, _count: [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=False)]
    names = [f"v{position}" for position in range(len(keys))]
    entries = ", ".join(f"{key!r}: {name}" for key, name in zip(keys, names, strict=True))
    loop = f"for {names[0]} in columns[0]" if len(keys) == 1 else f"for {', '.join(names)} in zip(*columns)"
    source = f"lambda columns, count: [{{{entries}}} {loop}]"
    build: Callable[[Sequence[Iterable[Any]], int], list[dict[str, Any]]] = eval(source, {"zip": zip})  # noqa: S307 the keys are GraphQL names
    return build


@lru_cache(maxsize=4096)
def generate_reader(attribute: str) -> Callable[[Sequence[Any]], Column]:
    """A function that reads one attribute of each source; generated, so that CPython specializes the access."""
    if not attribute.isidentifier():
        return lambda sources: [getattr(source, attribute) for source in sources]
    read: Callable[[Sequence[Any]], Column] = eval(f"lambda sources: [s.{attribute} for s in sources]", {})  # noqa: S307 an identifier
    return read
