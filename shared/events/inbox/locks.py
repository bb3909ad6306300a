"""What handlers will lock, declared as data: a group of effects locks all of it at once, in one order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import KeyColumn, lock_rows, name_of
from entrepot.shared.events.event import Event


@dataclass(frozen=True, slots=True)
class Locks:
    """The rows of one table that a handler will lock.

    `keys` returns the keys of an event's rows. Where the event does not carry them, `keys` returns what it carries, and
    `lookup` finds the rows by that, for all events of a group in one query.
    """

    column: KeyColumn
    keys: Callable[[Any], Iterable[Any]]
    lookup: Callable[[AsyncSession, Sequence[Any]], Awaitable[Mapping[Any, Iterable[Any]]]] | None = None


async def take_locks(
    session: AsyncSession, wanted: Sequence[tuple[Event, Sequence[Locks]]], *, skip_locked: bool = False
) -> list[bool]:
    """Lock what the events' handlers declare: table after table by name, each table's rows in one sorted statement.

    With `skip_locked`, what others have locked is not waited for. Returns for each event whether all its rows are
    locked now.
    """
    needs = await _find_rows(session, wanted)
    tables: dict[str, tuple[KeyColumn, set[Any]]] = {}
    for need in needs:
        for name, (column, keys) in need.items():
            tables.setdefault(name, (column, set()))[1].update(keys)
    missing: dict[str, set[Any]] = {}
    for name, (column, keys) in sorted(tables.items(), key=lambda item: item[0]):
        missing[name] = await lock_rows(session, column, keys, skip_locked=skip_locked)
    return [not any(keys & missing[name] for name, (_, keys) in need.items()) for need in needs]


async def _find_rows(
    session: AsyncSession, wanted: Sequence[tuple[Event, Sequence[Locks]]]
) -> list[dict[str, tuple[KeyColumn, set[Any]]]]:
    """By event: the keys in each table."""
    carried: dict[Locks, set[Any]] = {}
    for event, locks in wanted:
        for each in locks:
            if each.lookup is not None:
                carried.setdefault(each, set()).update(each.keys(event))
    found = {each: await each.lookup(session, sorted(keys)) for each, keys in carried.items() if each.lookup and keys}
    needs: list[dict[str, tuple[KeyColumn, set[Any]]]] = []
    for event, locks in wanted:
        need: dict[str, tuple[KeyColumn, set[Any]]] = {}
        for each in locks:
            keys: Iterable[Any] = each.keys(event)
            if each.lookup is not None:
                keys = [row for key in keys for row in found[each].get(key, ())]
            need.setdefault(name_of(each.column), (each.column, set()))[1].update(keys)
        needs.append(need)
    return needs
