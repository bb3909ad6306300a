"""What an administrator may do to a subgraph's events: see, retry, drop, send again; each action is audited.

Nothing here lets an effect happen twice: what is sent again keeps its id, by which every inbox knows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, Table, bindparam, func, select, update

from entrepot.shared.audit import Actor, AuditEntry, record
from entrepot.shared.db import Listing, Reader, changed_rows, upsert
from entrepot.shared.errors import InvalidInput, NotFound
from entrepot.shared.events.outbox.unit_of_work import UnitOfWork
from entrepot.shared.events.tables import (
    DEAD_LETTERS,
    IS_UNDELIVERED,
    IS_WAITING,
    OUTBOX,
    OUTBOX_AGGREGATES,
    QUEUE_ACTIONS,
)
from entrepot.shared.pagination import Page, PageRequest

RETRY_JOB: Final = "retry-dead-letters"
REPLAY_REACH: Final = timedelta(days=14)
"""How far back events can be sent again: older ones may be pruned, and the inboxes that know them as well."""
MAX_REPLAY: Final = 10_000
MAX_REASON: Final = 1_000

Unit = UnitOfWork[Any]
_AUDITED: Final = {
    "RETRY_DEAD_LETTER": ("retryDeadLetter", "DeadLetter"),
    "DROP_DEAD_LETTER": ("dropDeadLetter", "DeadLetter"),
    "RETRY_DEAD_LETTERS": ("retryDeadLetters", "DeadLetter"),
    "DROP_DEAD_LETTERS": ("dropDeadLetters", "DeadLetter"),
    "RETRY_EVENT": ("retryEvent", "Event"),
    "DROP_EVENT": ("dropEvent", "Event"),
    "REPLAY": ("replayEvents", "Event"),
    "PAUSE_SAGAS": ("pauseSagas", "Saga"),
    "RESUME_SAGAS": ("resumeSagas", "Saga"),
    "SHIFT_SAGA_DEADLINES": ("shiftSagaDeadlines", "Saga"),
}
"""Action and type of the object in the audit log; `queue_actions` is what the graph shows beside the queue."""
_SEND_AGAIN: Final = update(OUTBOX).where(OUTBOX.c.position == bindparam("replayed")).values(delivered_at=None)


@dataclass(frozen=True, slots=True)
class Decision:
    """Who acts, and why."""

    actor: Actor
    reason: str


@dataclass(frozen=True, slots=True)
class QueueState:
    """A subgraph's events at a glance."""

    undelivered: int
    rejected: int
    dead_letters: int
    oldest_undelivered_at: datetime | None


async def read_state(reader: Reader) -> QueueState:
    waiting = await reader.execute(
        select(func.count(), func.min(OUTBOX.c.created_at)).select_from(OUTBOX).where(*IS_WAITING)
    )
    undelivered, oldest = waiting.one()
    rejected = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.rejected_reason.is_not(None), *IS_UNDELIVERED)
    letters = select(func.count()).select_from(DEAD_LETTERS).where(DEAD_LETTERS.c.dropped_at.is_(None))
    return QueueState(undelivered, await reader.scalar(rejected) or 0, await reader.scalar(letters) or 0, oldest)


async def page_undelivered(reader: Reader, request: PageRequest) -> Page[Row[Any]]:
    """Events that wait to be sent or that the bus refused, oldest first, each with what its aggregate waits for."""
    query = (
        select(OUTBOX, OUTBOX_AGGREGATES.c.attempts, OUTBOX_AGGREGATES.c.due_at)
        .outerjoin(OUTBOX_AGGREGATES, OUTBOX_AGGREGATES.c.subject == OUTBOX.c.subject)
        .where(*IS_UNDELIVERED)
    )
    return await _page(reader, query, OUTBOX, request)


async def page_dead_letters(reader: Reader, request: PageRequest, *, with_dropped: bool = False) -> Page[Row[Any]]:
    """What handlers of this subgraph could not deal with, by event and handler."""
    query = select(DEAD_LETTERS)
    if not with_dropped:
        query = query.where(DEAD_LETTERS.c.dropped_at.is_(None))
    return await _page(reader, query, DEAD_LETTERS, request)


async def page_actions(reader: Reader, request: PageRequest) -> Page[Row[Any]]:
    """What administrators did, newest first."""
    return await _page(reader, select(QUEUE_ACTIONS), QUEUE_ACTIONS, request, descending=True)


async def find_dead_letter(reader: Reader, event_id: str, handler: str) -> Row[Any] | None:
    return (await reader.execute(select(DEAD_LETTERS).where(*_is_letter(event_id, handler)))).one_or_none()


async def find_undelivered(reader: Reader, event_id: str) -> Row[Any] | None:
    query = (
        select(OUTBOX, OUTBOX_AGGREGATES.c.attempts, OUTBOX_AGGREGATES.c.due_at)
        .outerjoin(OUTBOX_AGGREGATES, OUTBOX_AGGREGATES.c.subject == OUTBOX.c.subject)
        .where(OUTBOX.c.id == event_id, OUTBOX.c.delivered_at.is_(None))
    )
    return (await reader.execute(query)).one_or_none()


async def retry_dead_letter(unit: Unit, decision: Decision, *, event_id: str, handler: str) -> None:
    """Have the handler deal with it once more, soon; raises NotFound. A dropped letter is taken up again."""
    values = {"retry_at": unit.now, "dropped_at": None, "drop_reason": None}
    await _change_letter(unit, event_id, handler, values)
    await note_action(unit, decision, "RETRY_DEAD_LETTER", f"{event_id} {handler}", 1)
    unit.notify_job(RETRY_JOB)


async def drop_dead_letter(unit: Unit, decision: Decision, *, event_id: str, handler: str) -> None:
    """Decide that the handler will never deal with it; raises NotFound."""
    check_reason(decision)
    values = {"retry_at": None, "dropped_at": unit.now, "drop_reason": decision.reason}
    await _change_letter(unit, event_id, handler, values)
    await note_action(unit, decision, "DROP_DEAD_LETTER", f"{event_id} {handler}", 1)


async def retry_event(unit: Unit, decision: Decision, *, event_id: str) -> None:
    """Send a waiting or rejected event immediately; raises NotFound."""
    subject = await _subject_of_undelivered(unit, event_id)
    await _make_due(unit, [subject])
    await unit.session.execute(
        update(OUTBOX).where(OUTBOX.c.id == event_id).values(rejected_reason=None, dropped_at=None)
    )
    await note_action(unit, decision, "RETRY_EVENT", event_id, 1)


async def drop_event(unit: Unit, decision: Decision, *, event_id: str) -> None:
    """Decide that an event will not be sent; raises NotFound. One that is on its way may still arrive."""
    check_reason(decision)
    await _subject_of_undelivered(unit, event_id)
    await unit.session.execute(
        update(OUTBOX)
        .where(OUTBOX.c.id == event_id)
        .values(rejected_reason=func.coalesce(OUTBOX.c.rejected_reason, decision.reason), dropped_at=unit.now)
    )
    await note_action(unit, decision, "DROP_EVENT", event_id, 1)


async def replay_events(
    unit: Unit, decision: Decision, *, subject: str | None, since: datetime | None, until: datetime | None
) -> int:
    """Send delivered events of an aggregate, or of a time span, or of both, again; how many.

    Raises InvalidInput for a range that is empty of meaning, reaches back too far or holds more than `MAX_REPLAY`.
    """
    check_reason(decision)
    reach = unit.now - REPLAY_REACH
    if subject is None and since is None:
        raise InvalidInput("Name an aggregate, the start of a time span, or both.", path=("subject",))
    if any(moment is not None and moment.tzinfo is None for moment in (since, until)):
        raise InvalidInput("Give times with their offset from UTC.", path=("since",))
    if since is not None and since < reach:
        raise InvalidInput(f"Events are kept for a replay from {reach:%Y-%m-%d %H:%M} UTC on.", path=("since",))
    if since is not None and until is not None and until <= since:
        raise InvalidInput("The time span ends before it starts.", path=("until",))
    wanted = [OUTBOX.c.delivered_at.is_not(None), OUTBOX.c.created_at >= (since or reach)]
    if until is not None:
        wanted.append(OUTBOX.c.created_at < until)
    if subject is not None:
        wanted.append(OUTBOX.c.subject == subject)
    # One more than is sent tells whether there are too many.
    found = (
        await unit.session.execute(select(OUTBOX.c.position, OUTBOX.c.subject).where(*wanted).limit(MAX_REPLAY + 1))
    ).all()
    if len(found) > MAX_REPLAY:
        raise InvalidInput(f"At most {MAX_REPLAY} events are sent again at once: narrow the range.", path=("until",))
    if found:
        await _make_due(unit, sorted({row.subject for row in found}))
        await unit.session.execute(_SEND_AGAIN, [{"replayed": row.position} for row in found])
    target = " ".join([subject or "*", since.isoformat() if since else "", until.isoformat() if until else ""]).strip()
    await note_action(unit, decision, "REPLAY", target, len(found))
    return len(found)


async def _make_due(unit: Unit, subjects: Sequence[str]) -> None:
    rows = [{"subject": subject, "due_at": unit.now, "attempts": 0} for subject in subjects]
    await upsert(unit.session, OUTBOX_AGGREGATES, *rows)
    unit.notify_relay()


async def _subject_of_undelivered(unit: Unit, event_id: str) -> str:
    query = select(OUTBOX.c.subject).where(OUTBOX.c.id == event_id, OUTBOX.c.delivered_at.is_(None))
    subject: str | None = await unit.session.scalar(query)
    if subject is None:
        raise NotFound("undelivered event", event_id, path=("eventId",))
    return subject


async def _change_letter(unit: Unit, event_id: str, handler: str, values: dict[str, Any]) -> None:
    changed = await unit.session.execute(update(DEAD_LETTERS).where(*_is_letter(event_id, handler)).values(**values))
    if changed_rows(changed) != 1:
        raise NotFound("dead letter", f"{event_id} {handler}", path=("eventId",))


async def note_action(unit: Unit, decision: Decision, action: str, target: str, affected: int) -> None:
    """Record who did what and why, beside the queue and in the audit log."""
    await unit.session.execute(
        QUEUE_ACTIONS.insert(),
        {
            "id": unit.new_id("qac"),
            "action": action,
            "target": target,
            "reason": decision.reason,
            "actor": decision.actor.id,
            "affected": affected,
            "occurred_at": unit.now,
        },
    )
    name, object_type = _AUDITED[action]
    await record(
        unit,
        AuditEntry(
            actor=decision.actor,
            action=name,
            object_type=object_type,
            object_id=target,
            after={"affected": affected},
            reason=decision.reason or None,
        ),
    )


def _is_letter(event_id: str, handler: str) -> tuple[ColumnElement[bool], ...]:
    return DEAD_LETTERS.c.event_id == event_id, DEAD_LETTERS.c.handler == handler


def check_reason(decision: Decision) -> None:
    """Raise InvalidInput for a decision that says no reason."""
    if not 1 <= len(decision.reason.strip()) <= MAX_REASON or "\0" in decision.reason:
        raise InvalidInput(f"Say why, in up to {MAX_REASON} characters.", path=("reason",))


async def _page(
    reader: Reader, query: Select[Any], table: Table, request: PageRequest, *, descending: bool = False
) -> Page[Row[Any]]:
    """One page by the table's primary key."""
    return await Listing(query, list(table.primary_key), descending=descending).read_page(reader, request)
