"""Sagas as data: the steps of work that spans domains, what they wait for, and what undoes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from entrepot.shared.events.event import Event
from entrepot.shared.events.outbox.unit_of_work import UnitOfWork
from entrepot.shared.events.saga.state import SagaState

Request = Callable[[UnitOfWork[Any], SagaState, str], Event]
"""Builds the command of one item of a step."""
Ending = Callable[[UnitOfWork[Any], SagaState], Awaitable[None]]
Showing = Callable[[UnitOfWork[Any], SagaState, Any], Awaitable[None]]

DEFAULT_TIMEOUT: Final = 900.0


def only_item(state: SagaState) -> Sequence[str]:
    """The items of a step that is taken once: the saga's own key."""
    return (state.key,)


async def show_nothing(_unit: UnitOfWork[Any], _state: SagaState, _shown: Any) -> None:
    """What a saga does that shows no progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A command to another domain and the replies to it, one for each item that `items` reads from the saga's state.

    `done` completes an item, `failed` replies fail the saga, and `undo` with its reply `undone` takes the item back.
    After a reply of `waits` the item has no deadline: it waits for people. A reply of `branches` completes the item
    too, and the saga goes on at the step of that name. `timeout` is in seconds, and longer than any lease that may
    delay a reply; None waits without end. `keep` names fields of replies that later commands need: see
    `SagaState.kept`. `shows` maps replies to what the saga's owner shows once all items have replied.
    """

    name: str
    command: Request
    done: type[Event]
    items: Callable[[SagaState], Sequence[str]] = only_item
    failed: tuple[type[Event], ...] = ()
    undo: Request | None = None
    undone: type[Event] | None = None
    waits: tuple[type[Event], ...] = ()
    branches: Mapping[type[Event], str] = field(default_factory=dict)
    timeout: float | None = DEFAULT_TIMEOUT
    keep: tuple[str, ...] = ()
    shows: Mapping[type[Event], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.undo is None) != (self.undone is None):
            raise ValueError(f"The step {self.name} needs a command that undoes it and the reply to it, or neither.")

    @property
    def replies(self) -> Iterator[type[Event]]:
        """Every contract that answers one of its commands."""
        yield from (self.done, *self.failed, *self.waits, *self.branches)
        if self.undone is not None:
            yield self.undone


Stage = tuple[Step, ...]
"""Steps that are taken side by side."""


@dataclass(frozen=True)
class Saga:
    """A kind of work: its steps in order, those in an inner tuple side by side, and what to do at either end.

    `on_completed` and `on_failed` run in the transaction of the end, `on_shown` in that of the reply. Raises ValueError
    for two steps of one name, and for a branch to a step that is not there or that others are taken beside.
    """

    name: str
    steps: tuple[Step | Stage, ...]
    on_completed: Ending
    on_failed: Ending
    on_shown: Showing = show_nothing

    def __post_init__(self) -> None:
        names = [step.name for step in self.list_steps()]
        if len(set(names)) < len(names):
            raise ValueError(f"Two steps of the saga {self.name} share a name, which must be unique.")
        alone = {stage[0].name for stage in self.stages if len(stage) == 1}
        for step in self.list_steps():
            for target in step.branches.values():
                if target not in alone:
                    raise ValueError(f"The step {step.name} branches to {target!r}, which is no step of its own.")

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        return tuple(step if isinstance(step, tuple) else (step,) for step in self.steps)

    def list_steps(self) -> Iterator[Step]:
        for stage in self.stages:
            yield from stage

    @cached_property
    def replies(self) -> Sequence[type[Event]]:
        """Every contract that moves the saga on, once each."""
        return list(dict.fromkeys(reply for step in self.list_steps() for reply in step.replies))

    def find_step(self, name: str) -> Step:
        """The step of the name; raises StopIteration when there is none."""
        return next(step for step in self.list_steps() if step.name == name)

    def stage_of(self, name: str) -> int:
        """The position of the stage with the step of that name; raises StopIteration when there is none."""
        return next(position for position, stage in enumerate(self.stages) if any(step.name == name for step in stage))

    def correlate(self, key: str, step: str, item: str) -> str:
        """The address that commands carry and replies bring back."""
        return f"{self.name}/{key}/{step}/{item}"
