"""The changes of a unit of work: rows that the ORM inserts, updates and deletes, with their values before and after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import event, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

_UNSHOWN: Final = frozenset({"created_at", "updated_at", "version"})
"""Columns that say nothing of what was changed."""


@dataclass(slots=True)
class RowChange:
    """One row: the values of its changed columns before and after; nothing before an insert, nothing after a delete."""

    kind: str
    identity: str
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


@contextmanager
def watch_changes(session: AsyncSession) -> Iterator[list[RowChange]]:
    """The rows that are flushed within the block, complete at its end; statements of SQLAlchemy Core are not seen."""
    # The rows are held, so that none is collected and its number given to another one.
    changes: dict[int, tuple[object, RowChange]] = {}
    found: list[RowChange] = []

    def see(flushed: Session, _context: Any, _instances: Any = None) -> None:
        rows = [*flushed.new, *(row for row in flushed.dirty if flushed.is_modified(row)), *flushed.deleted]
        for row in rows:
            if id(row) not in changes:
                changes[id(row)] = (row, RowChange(type(row).__name__, ""))
                found.append(changes[id(row)][1])
            _, change = changes[id(row)]
            _read(row, change, is_new=row in flushed.new, is_gone=row in flushed.deleted)

    event.listen(session.sync_session, "before_flush", see)
    try:
        yield found
    finally:
        event.remove(session.sync_session, "before_flush", see)


def _read(row: Any, change: RowChange, *, is_new: bool, is_gone: bool) -> None:
    state = inspect(row)
    keys = [state.mapper.get_property_by_column(column).key for column in state.mapper.primary_key]
    change.identity = " ".join(str(getattr(row, key)) for key in keys)
    for attribute in state.mapper.column_attrs:
        name = attribute.key
        if name in _UNSHOWN:
            continue
        history = state.attrs[name].history
        if is_gone:
            change.before.setdefault(name, getattr(row, name))
            change.after.pop(name, None)
        elif is_new or history.has_changes():
            if not is_new and history.deleted:
                change.before.setdefault(name, history.deleted[0])
            change.after[name] = getattr(row, name)
