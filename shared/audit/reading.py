"""Pages of the audit log, newest first, with the personal values that are not erased."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Row, select

from entrepot.shared.audit.tables import AUDIT_CHAIN, AUDIT_LOG, AUDIT_PERSONAL
from entrepot.shared.audit.values import restore
from entrepot.shared.db import Listing, Reader
from entrepot.shared.pagination import Page, PageRequest

_ADDRESS: Final = "client_address"


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries; None for all."""

    object_id: str | None = None
    actor: str | None = None
    action: str | None = None


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """A row of the log with `before` and `after` as JSON and the address, as far as they are not erased."""

    row: Row[Any]
    before: str | None
    after: str | None
    address: str | None


async def page_entries(reader: Reader, request: PageRequest, wanted: AuditFilter) -> Page[ReadEntry]:
    """One page of the entries, newest first; raises InvalidInput for the cursor of another list."""
    query = select(AUDIT_LOG, AUDIT_CHAIN.c.position, AUDIT_CHAIN.c.hash).outerjoin(
        AUDIT_CHAIN, AUDIT_CHAIN.c.entry_id == AUDIT_LOG.c.id
    )
    given = (
        (AUDIT_LOG.c.object_id, wanted.object_id),
        (AUDIT_LOG.c.actor, wanted.actor),
        (AUDIT_LOG.c.action, wanted.action),
    )
    query = query.where(*(column == value for column, value in given if value is not None))
    page = await Listing(query, [AUDIT_LOG.c.sequence], descending=True).read_page(reader, request)
    values = await _read_personal(reader, [row.id for row in page.items])
    return page.map(lambda row: _restore(row, values[row.id]))


async def _read_personal(reader: Reader, ids: list[str]) -> Mapping[str, dict[str, str]]:
    values: dict[str, dict[str, str]] = defaultdict(dict)
    for value in await reader.execute(select(AUDIT_PERSONAL).where(AUDIT_PERSONAL.c.entry_id.in_(ids))):
        values[value.entry_id][value.place] = value.value
    return values


def _restore(row: Row[Any], values: Mapping[str, str]) -> ReadEntry:
    address = values.get(_ADDRESS)
    return ReadEntry(
        row=row,
        before=restore("before", row.before, values),
        after=restore("after", row.after, values),
        address=None if address is None else msgspec.json.decode(address, type=str),
    )
