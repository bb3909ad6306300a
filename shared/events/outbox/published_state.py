"""The newest state of each aggregate, by contract: kept beside the outbox, which is pruned by age alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import upsert_newest
from entrepot.shared.events.event import Envelope, Event, is_full_state
from entrepot.shared.events.tables import PUBLISHED_STATE


async def write_states(session: AsyncSession, written: Sequence[tuple[Envelope, str]]) -> None:
    """Keep the newest of the envelopes that carry a full state, each with its JSON; the others are left out.

    The caller has locked the aggregates, so that the newest one is the last to be committed.
    """
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for envelope, text in written:
        if not is_full_state(envelope.type, envelope.dataversion):
            continue
        key, revision = (envelope.type, envelope.subject), envelope.data["revision"]
        if key not in newest or newest[key]["revision"] <= revision:
            newest[key] = {
                "type": envelope.type,
                "subject": envelope.subject,
                "envelope": text,
                "revision": revision,
                "updated_at": envelope.time,
            }
    if newest:
        await upsert_newest(session, PUBLISHED_STATE, [newest[key] for key in sorted(newest)])


async def forget_states(session: AsyncSession, contract: type[Event], subjects: Collection[str]) -> None:
    """Keep no state of these aggregates any more: they are gone, and no snapshot offers them."""
    known = (PUBLISHED_STATE.c.type == contract.TYPE, PUBLISHED_STATE.c.subject.in_(subjects))
    await session.execute(delete(PUBLISHED_STATE).where(*known))
