"""Dead letters by filter: counted, read, retried and dropped many at once, in transactions of bounded size."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Row, func, select, tuple_, update

from entrepot.shared.db import Database, Reader
from entrepot.shared.errors import InvalidInput
from entrepot.shared.events.operations.administration import RETRY_JOB, Decision, Unit, check_reason, note_action
from entrepot.shared.events.tables import DEAD_LETTERS

MAX_LETTERS: Final = 1_000
"""Dead letters of one transaction."""
_LETTER: Final = DEAD_LETTERS.c
_KEY: Final = (_LETTER.event_id, _LETTER.handler)
_MAX_TARGET: Final = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFilter:
    """Which dead letters; what is None does not count. `type` is that of the event, `subject` its aggregate."""

    type: str | None = None
    handler: str | None = None
    subject: str | None = None
    failed_since: datetime | None = None
    failed_before: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("failed_since", "failed_before"):
            moment: datetime | None = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise InvalidInput("Give times with their offset from UTC.", path=(name,))

    def __str__(self) -> str:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        said = [
            f"{name}={value.isoformat() if isinstance(value, datetime) else value}"
            for name, value in given.items()
            if value is not None
        ]
        return (" ".join(said) or "*")[:_MAX_TARGET]

    def conditions(self) -> list[ColumnElement[bool]]:
        """What is true of the dead letters that are meant."""
        found: list[ColumnElement[bool]] = []
        if self.type is not None:
            # As envelopes are written: the time comes after the type, so that no text within the data is taken for it.
            text = msgspec.json.encode(self.type).decode()
            found.append(_LETTER.envelope.contains(f'"type":{text},"time":', autoescape=True))
        if self.handler is not None:
            found.append(_LETTER.handler == self.handler)
        if self.subject is not None:
            found.append(_LETTER.subject == self.subject)
        if self.failed_since is not None:
            found.append(_LETTER.failed_at >= self.failed_since)
        if self.failed_before is not None:
            found.append(_LETTER.failed_at < self.failed_before)
        return found


@dataclass(frozen=True, slots=True)
class BulkResult:
    """How many dead letters a step applied to, and how many are left for the next steps."""

    affected: int
    remaining: int


async def count_letters(reader: Reader, wanted: LetterFilter, *, is_retrying: bool = False) -> int:
    """How many there are that are not dropped; with `is_retrying`, of these those that a retry was requested for."""
    conditions = [*wanted.conditions(), _LETTER.dropped_at.is_(None)]
    if is_retrying:
        conditions.append(_LETTER.retry_at.is_not(None))
    return await reader.scalar(select(func.count()).select_from(DEAD_LETTERS).where(*conditions)) or 0


async def read_letters(database: Database, wanted: LetterFilter) -> AsyncIterator[Row[Any]]:
    """All that are not dropped, by event and handler."""
    after: tuple[str, str] | None = None
    while True:
        query = select(DEAD_LETTERS).where(*wanted.conditions(), _LETTER.dropped_at.is_(None))
        if after is not None:
            query = query.where(tuple_(*_KEY) > after)
        async with database.read() as session:
            rows = (await session.execute(query.order_by(*_KEY).limit(MAX_LETTERS))).all()
        for row in rows:
            yield row
        if len(rows) < MAX_LETTERS:
            return
        after = (rows[-1].event_id, rows[-1].handler)


async def retry_letters(unit: Unit, decision: Decision, wanted: LetterFilter, limit: int = MAX_LETTERS) -> BulkResult:
    """Have the handlers deal with up to `limit` of them once more, soon; raises InvalidInput.

    Those that fail again have failed later: with `failed_before`, repeating this comes to an end.
    """
    conditions = [*wanted.conditions(), _LETTER.dropped_at.is_(None), _LETTER.retry_at.is_(None)]
    result = await _change(unit, conditions, {"retry_at": unit.now}, limit)
    await note_action(unit, decision, "RETRY_DEAD_LETTERS", str(wanted), result.affected)
    unit.notify_job(RETRY_JOB)
    return result


async def drop_letters(unit: Unit, decision: Decision, wanted: LetterFilter, limit: int = MAX_LETTERS) -> BulkResult:
    """Decide that up to `limit` of them will never be dealt with; raises InvalidInput."""
    check_reason(decision)
    conditions = [*wanted.conditions(), _LETTER.dropped_at.is_(None)]
    values = {"retry_at": None, "dropped_at": unit.now, "drop_reason": decision.reason}
    result = await _change(unit, conditions, values, limit)
    await note_action(unit, decision, "DROP_DEAD_LETTERS", str(wanted), result.affected)
    return result


async def _change(unit: Unit, conditions: list[ColumnElement[bool]], values: dict[str, Any], limit: int) -> BulkResult:
    if not 1 <= limit <= MAX_LETTERS:
        raise InvalidInput(f"Between 1 and {MAX_LETTERS} dead letters are changed at once.", path=("limit",))
    chosen = select(*_KEY).where(*conditions).order_by(*_KEY).limit(limit).with_for_update()
    keys = [tuple(row) for row in await unit.session.execute(chosen)]
    if keys:
        await unit.session.execute(update(DEAD_LETTERS).where(tuple_(*_KEY).in_(keys)).values(**values))
    left = await unit.session.scalar(select(func.count()).select_from(DEAD_LETTERS).where(*conditions))
    return BulkResult(len(keys), left or 0)
