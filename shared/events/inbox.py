"""The inbox: which handler has seen which event, written in the transaction of its effect."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import insert_all_or_ignore, upsert
from entrepot.shared.events.tables import DEAD_LETTERS, INBOX


async def note_handled(
    session: AsyncSession, effects: Collection[tuple[str, str]], now: datetime
) -> set[tuple[str, str]]:
    """Note that the effects, each an event's id and a handler, are taken now; those that are not taken already."""
    rows = [{"event_id": event_id, "handler": handler, "handled_at": now} for event_id, handler in effects]
    return {(event_id, handler) for event_id, handler in await insert_all_or_ignore(session, INBOX, rows)}


async def bury(
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
