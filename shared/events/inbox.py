"""The inbox: which handler has seen which event, written in the transaction of its effect."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import insert_or_ignore, upsert
from shared.events.tables import DEAD_LETTERS, INBOX


async def note_handled(session: AsyncSession, *, event_id: str, handler: str, now: datetime) -> bool:
    """Note that the handler takes effect now; False when it already has, and must not again."""
    return await insert_or_ignore(session, INBOX, {"event_id": event_id, "handler": handler, "handled_at": now})


async def bury(
    session: AsyncSession, *, event_id: str, handler: str, envelope: bytes, reason: str, attempts: int, now: datetime
) -> None:
    """Keep an event that a handler cannot deal with, for somebody to look at and replay."""
    await upsert(
        session,
        DEAD_LETTERS,
        {
            "event_id": event_id,
            "handler": handler,
            "envelope": envelope.decode(errors="replace"),
            "reason": reason,
            "attempts": attempts,
            "failed_at": now,
        },
    )
