"""What handlers will lock, declared as data: a group of effects locks all of it at once, in one order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import KeyColumn, lock_rows, name_of
from entrepot.shared.events.event import Event


@dataclass(frozen=True, slots=True)
class Locks:
    """The rows of one table that a handler will lock.

    `keys` returns the keys of an event's rows. Where the event does not carry them, `keys` returns what it carries, and
    `lookup` finds the rows of all events of a group by that, in one query.
    """

    column: KeyColumn
    keys: Callable[[Any], Iterable[Any]]
    lookup: Callable[[AsyncSession, Sequence[Any]], Awaitable[Iterable[Any]]] | None = None


async def take_locks(session: AsyncSession, wanted: Iterable[tuple[Event, Sequence[Locks]]]) -> None:
    """Lock what the events' handlers declare: table after table by name, each table's rows in one sorted statement."""
    declared: dict[Locks, set[Any]] = {}
    for event, locks in wanted:
        for each in locks:
            declared.setdefault(each, set()).update(each.keys(event))
    rows: dict[str, tuple[KeyColumn, set[Any]]] = {}
    for each, keys in declared.items():
        found = keys if each.lookup is None or not keys else await each.lookup(session, sorted(keys))
        rows.setdefault(name_of(each.column), (each.column, set()))[1].update(found)
    for _, (column, found) in sorted(rows.items(), key=lambda item: item[0]):
        await lock_rows(session, column, found)
