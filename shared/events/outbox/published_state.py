"""The newest state of each aggregate, by contract: kept beside the outbox, which is pruned by age alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import upsert_newest
from entrepot.shared.events.event import Envelope, Event, is_full_state
from entrepot.shared.events.tables import PUBLISHED_STATE


async def number_states(session: AsyncSession, envelopes: Sequence[Envelope]) -> None:
    """Give each full state of revision 0 the next one of its aggregate; the caller has locked the aggregates."""
    unnumbered = [
        each for each in envelopes if is_full_state(each.type, each.dataversion) and not each.data["revision"]
    ]
    if not unnumbered:
        return
    columns = (PUBLISHED_STATE.c.type, PUBLISHED_STATE.c.subject)
    keys = sorted({(envelope.type, envelope.subject) for envelope in unnumbered})
    found = await session.execute(select(*columns, PUBLISHED_STATE.c.revision).where(tuple_(*columns).in_(keys)))
    newest = {(row.type, row.subject): row.revision for row in found}
    for envelope in unnumbered:
        key = (envelope.type, envelope.subject)
        newest[key] = envelope.data["revision"] = newest.get(key, 0) + 1


async def write_states(session: AsyncSession, written: Sequence[tuple[Envelope, str]]) -> None:
    """Keep the newest of the envelopes that carry a full state, each with its JSON; the others are left out.

    The caller has locked the aggregates, so that the newest one is the last to be committed.
    """
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for envelope, text in written:
        if not is_full_state(envelope.type, envelope.dataversion):
            continue
        key = (envelope.type, envelope.subject)
        if key not in newest or newest[key]["revision"] <= envelope.data["revision"]:
            newest[key] = _build_row(envelope, text)
    if newest:
        await upsert_newest(session, PUBLISHED_STATE, [newest[key] for key in sorted(newest)])


def build_state_row(envelope: Envelope) -> dict[str, Any]:
    """The row of a state that has not been published; one that the outbox counts is the first of its aggregate."""
    envelope.data["revision"] = envelope.data["revision"] or 1
    return _build_row(envelope, envelope.to_json().decode())


async def forget_states(session: AsyncSession, contract: type[Event], subjects: Collection[str]) -> None:
    """Keep no state of these aggregates any more: they are gone, and no snapshot offers them."""
    known = (PUBLISHED_STATE.c.type == contract.TYPE, PUBLISHED_STATE.c.subject.in_(subjects))
    await session.execute(delete(PUBLISHED_STATE).where(*known))


def _build_row(envelope: Envelope, text: str) -> dict[str, Any]:
    return {
        "type": envelope.type,
        "subject": envelope.subject,
        "envelope": text,
        "revision": envelope.data["revision"],
        "updated_at": envelope.time,
    }
