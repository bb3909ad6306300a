"""The inbox, for effects that occur exactly once: which handler has seen which event, in the effect's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import insert_all_or_ignore, upsert
from entrepot.shared.events.tables import DEAD_LETTERS, INBOX


async def note_handled(
    session: AsyncSession, effects: Mapping[tuple[str, str], Sequence[str]], now: datetime
) -> set[tuple[str, str]]:
    """Record that the effects are taken now; returns those that were not taken before.

    An effect is an event's id and a handler's name. `effects` gives the handler's former names for each: a row with
    one of them means that the effect was taken before.
    """
    # Sorted, so that two workers which are given the same events never wait for each other crosswise.
    rows = [{"event_id": event_id, "handler": handler, "handled_at": now} for event_id, handler in sorted(effects)]
    fresh = {(event_id, handler) for event_id, handler in await insert_all_or_ignore(session, INBOX, rows)}
    former = {
        (event_id, name): (event_id, handler) for event_id, handler in fresh for name in effects[event_id, handler]
    }
    if not former:
        return fresh
    query = select(INBOX.c.event_id, INBOX.c.handler).where(tuple_(INBOX.c.event_id, INBOX.c.handler).in_(list(former)))
    return fresh - {former[event_id, name] for event_id, name in await session.execute(query)}


async def add_dead_letter(
    session: AsyncSession,
    *,
    event_id: str,
    handler: str,
    subject: str,
    envelope: bytes,
    reason: str,
    attempts: int,
    now: datetime,
) -> None:
    """Keep an event that a handler cannot deal with, for somebody to look at and replay."""
    await upsert(
        session,
        DEAD_LETTERS,
        {
            "event_id": event_id,
            "handler": handler,
            "subject": subject,
            "envelope": envelope.decode(errors="replace"),
            "reason": reason,
            "attempts": attempts,
            "failed_at": now,
            "retry_at": None,
            "dropped_at": None,
            "drop_reason": None,
        },
    )
