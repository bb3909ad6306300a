"""Entries are written in the transaction of the change that they report; personal values can be erased later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.audit.entry import ANONYMOUS_ACTOR, SYSTEM, Actor, AuditEntry
from entrepot.shared.audit.tables import AUDIT_LOG, AUDIT_PERSONAL
from entrepot.shared.audit.values import PersonalValue, ValueWriter, encode
from entrepot.shared.db import changed_rows
from entrepot.shared.environment import Environment
from entrepot.shared.telemetry import current_trace

ERASE: Final = "erasePersonalData"
_PREFIX: Final = "aud"
_ABSENT: Final = object()


class AuditedUnit(Protocol):
    """The part of a unit of work that recording needs."""

    session: AsyncSession
    environment: Environment
    now: datetime

    def new_id(self, prefix: str) -> str: ...


async def record(unit: AuditedUnit, *entries: AuditEntry) -> list[str]:
    """Write the entries in the unit's transaction; their ids, in order."""
    rows: list[dict[str, Any]] = []
    personal: list[dict[str, str]] = []
    for entry in entries:
        row, values = _build_row(unit, entry)
        rows.append(row)
        personal += [_build_personal(row["id"], value) for value in values]
    if rows:
        await unit.session.execute(AUDIT_LOG.insert(), rows)
    if personal:
        await unit.session.execute(AUDIT_PERSONAL.insert(), personal)
    return [row["id"] for row in rows]


async def erase_personal(unit: AuditedUnit, subject: str, actor: Actor = SYSTEM, reason: str | None = None) -> int:
    """Delete the personal values of the person from all entries, and record that; how many there were.

    The entries stay as they are, and so does their chain.
    """
    gone = await unit.session.execute(delete(AUDIT_PERSONAL).where(AUDIT_PERSONAL.c.subject == subject))
    erased = changed_rows(gone)
    await record(
        unit,
        AuditEntry(
            actor=actor,
            action=ERASE,
            object_type="PersonalData",
            object_id=subject,
            after={"values": erased},
            reason=reason,
        ),
    )
    return erased


def _build_row(unit: AuditedUnit, entry: AuditEntry) -> tuple[dict[str, Any], list[PersonalValue]]:
    actor, trace = entry.actor, current_trace()
    subject = entry.subject or entry.object_id
    writer = ValueWriter(entry.personal, subject, unit.environment.randomness)
    before, after = _drop_equal(entry.before or {}, entry.after or {})
    address = None
    # The address of the person who erases their own data is not kept: it would be personal data of that person again.
    if actor.address is not None and not (entry.action == ERASE and actor.id == entry.object_id):
        owner = subject if actor.id == ANONYMOUS_ACTOR else actor.id
        address = encode(writer.refer("client_address", actor.address, owner))
    row = {
        "id": unit.new_id(_PREFIX),
        "occurred_at": unit.now,
        "actor": actor.id,
        "impersonator": actor.impersonator,
        "scopes": " ".join(actor.scopes),
        "action": entry.action,
        "object_type": entry.object_type,
        "object_id": entry.object_id,
        "before": writer.write("before", before),
        "after": writer.write("after", after),
        "client_address": address,
        "request_id": trace.request_id if trace else None,
        "trace_id": trace.trace_id if trace else None,
        "reason": entry.reason,
    }
    return row, writer.personal


def _drop_equal(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return (
        {name: value for name, value in before.items() if after.get(name, _ABSENT) != value},
        {name: value for name, value in after.items() if before.get(name, _ABSENT) != value},
    )


def _build_personal(entry_id: str, value: PersonalValue) -> dict[str, str]:
    return {
        "entry_id": entry_id,
        "place": value.place,
        "subject": value.subject,
        "salt": value.salt,
        "value": value.value,
    }
