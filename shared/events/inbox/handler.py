"""A handler of events: a function under a name that the inbox and the dead letters store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entrepot.shared.events.event import Event, newest_of
from entrepot.shared.events.inbox.locks import Locks
from entrepot.shared.events.outbox.unit_of_work import UnitOfWork

HandlerFunction = Callable[[UnitOfWork[Any], Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that takes effect once per event.

    `name` is stored in databases and shown to administrators: it never changes, whatever the function is called.
    `former_names` are names that stored rows may still have: what they handled counts as handled. `locks` declares the
    rows that the function locks, so that a group of effects locks all of them first, in one order.
    """

    name: str
    function: HandlerFunction
    former_names: tuple[str, ...] = ()
    locks: tuple[Locks, ...] = ()

    def is_named(self, name: str) -> bool:
        """Whether a stored name means this handler."""
        return name == self.name or name in self.former_names


HandlerTable = Mapping[type[Event], Sequence[Handler]]


def check_handlers(handlers: HandlerTable) -> None:
    """Raise ValueError for handlers of an old version, and for two of one contract that share a name."""
    for declared, wanted in handlers.items():
        newest = newest_of(declared)
        if newest is not declared:
            raise ValueError(f"Handlers of {declared.TYPE} are given version {newest.VERSION}: declare them for that.")
        names = [name for handler in wanted for name in (handler.name, *handler.former_names)]
        if len(set(names)) < len(names):
            raise ValueError(f"Two handlers of {declared.TYPE} share a name: the inbox identifies handlers by name.")
