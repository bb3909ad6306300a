"""Dead letters given to their handlers once more, when somebody asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.events.tables import DEAD_LETTERS

_BATCH: Final = 50


async def list_letters_to_retry(session: AsyncSession, now: datetime) -> Sequence[Row[Any]]:
    """Those that were asked for, as they came."""
    query = select(DEAD_LETTERS).where(DEAD_LETTERS.c.retry_at <= now).order_by(DEAD_LETTERS.c.retry_at)
    return (await session.execute(query.limit(_BATCH))).all()


async def end_letter(session: AsyncSession, event_id: str, handler: str) -> None:
    """It has been dealt with, in this transaction."""
    await session.execute(
        delete(DEAD_LETTERS).where(DEAD_LETTERS.c.event_id == event_id, DEAD_LETTERS.c.handler == handler)
    )


async def note_failed_retry(session: AsyncSession, event_id: str, handler: str, reason: str, now: datetime) -> None:
    """It stays, with the newest reason, until somebody asks again."""
    await session.execute(
        update(DEAD_LETTERS)
        .where(DEAD_LETTERS.c.event_id == event_id, DEAD_LETTERS.c.handler == handler)
        .values(reason=reason, failed_at=now, retry_at=None, attempts=DEAD_LETTERS.c.attempts + 1)
    )
