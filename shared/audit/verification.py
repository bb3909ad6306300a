"""Verification of an audit chain: each link against its entry, the links against each other, the end against the head.

It reads in pages, in one view of the database, so that it can run beside those who write.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.audit.chain import read_head, read_newest_link, read_unlinked
from entrepot.shared.audit.chaining import is_signed
from entrepot.shared.audit.hashing import first_previous, hash_entry, hash_link
from entrepot.shared.audit.recording import ERASE
from entrepot.shared.audit.tables import AUDIT_CHAIN, AUDIT_LOG, AUDIT_PERSONAL
from entrepot.shared.audit.values import find_references, hash_personal

PAGE: Final = 1_000


class Tampering(StrEnum):
    """What was found."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    HEAD = "head"
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where the log is not what was written. `position` is that of the link, `entry_id` the entry's."""

    kind: Tampering
    position: int | None
    entry_id: str | None
    message: str


@dataclass(frozen=True, slots=True)
class OutsideHead:
    """A head that was kept outside the database."""

    position: int
    hash: str


@dataclass(slots=True)
class Progress:
    """How far the verification has come; `links` is how many are checked, `unlinked` how many entries have none yet."""

    links: int = 0
    total: int = 0
    unlinked: int = 0
    epochs: list[int] = field(default_factory=list)
    """Positions from which on the server's transaction ids began again."""


async def verify(
    session: AsyncSession,
    source: str,
    *,
    key: bytes | None = None,
    outside: OutsideHead | None = None,
    progress: Progress | None = None,
    tell: Callable[[Progress], None] = lambda _progress: None,
    page: int = PAGE,
    checks_signature: bool = True,
) -> AsyncIterator[Finding]:
    """What is wrong with the audit log of the subgraph, in the order of the chain; nothing when it is whole."""
    progress = progress or Progress()
    newest = await read_newest_link(session)
    progress.total = newest.position if newest else 0
    walk = _Walk(source, outside)
    erasures = await _read_erasures(session)
    position = 0
    while True:
        links = await _read_links(session, position, page)
        if not links:
            break
        entries = await _read_entries(session, [link.entry_id for link in links])
        for link in links:
            for finding in walk.check(link, entries.get(link.entry_id)):
                yield finding
        for finding in await _check_personal(session, links, entries, erasures):
            yield finding
        position = links[-1].position
        progress.links += len(links)
        tell(progress)
    progress.epochs = walk.epochs
    async for finding in _find_inserted(session, newest, page):
        yield finding
    progress.unlinked = (await read_unlinked(session)).count
    head = await read_head(session)
    for finding in walk.check_end(newest, head):
        yield finding
    if checks_signature and head is not None and not is_signed(head, source, key):
        message = "the head is signed: set the key" if key is None else "the head is not signed with the key"
        yield Finding(Tampering.HEAD, head.position, None, message)


class _Walk:
    """The chain from its first link on."""

    def __init__(self, source: str, outside: OutsideHead | None) -> None:
        self._outside = outside
        self._position = 0
        self._previous = first_previous(source)
        self._place = (0, -1, -1)
        self.epochs: list[int] = []

    def check(self, link: Row[Any], entry: Row[Any] | None) -> list[Finding]:
        """What is wrong with the link, which is the next one there is."""
        found: list[Finding] = []

        def add(kind: Tampering, message: str) -> None:
            found.append(Finding(kind, link.position, link.entry_id, message))

        is_next = link.position == self._position + 1
        if not is_next:
            missing = f"{self._position + 1} to {link.position - 1}"
            found.append(Finding(Tampering.REMOVED, self._position + 1, None, f"the links {missing} are missing"))
        if entry is None:
            add(Tampering.REMOVED, "the entry is missing")
        elif hash_entry(entry) != link.digest:
            add(Tampering.CHANGED, "the entry is not the one that was linked")
        place = (link.epoch, link.transaction_id, link.sequence)
        is_changed = link.hash != hash_link(dict(link._mapping))  # noqa: SLF001 - public by SQLAlchemy's documentation
        if is_changed:
            kind = Tampering.REORDERED if entry is not None and hash_entry(entry) == link.digest else Tampering.CHANGED
            add(kind, "the link is not the one that was written at this position")
        elif is_next and link.previous != self._previous:
            add(Tampering.REORDERED, "the link does not refer to the one before it")
        elif place <= self._place:
            add(Tampering.INSERTED, "the entry stands behind one of a later transaction")
        if self._outside and link.position == self._outside.position and link.hash != self._outside.hash:
            add(Tampering.HEAD, "the link is not the one of the head that was kept outside")
        if link.epoch != self._place[0]:
            self.epochs.append(link.position)
        self._position, self._previous = link.position, link.hash
        # Entries are compared with links as they were written, so that one finding does not make others.
        self._place = self._place if is_changed else place
        return found

    def check_end(self, newest: Row[Any] | None, head: Row[Any] | None) -> list[Finding]:
        """What is wrong with the end of the chain."""
        found = []
        position = newest.position if newest else 0
        if self._outside and self._outside.position > position:
            message = f"the chain ends at {position}, before the head that was kept outside ({self._outside.position})"
            found.append(Finding(Tampering.REMOVED, self._outside.position, None, message))
        if head is None:
            if newest is not None:
                found.append(Finding(Tampering.HEAD, position, None, "the head is missing"))
            return found
        if head.position > position:
            message = f"the chain ends at {position}, before its head ({head.position})"
            found.append(Finding(Tampering.REMOVED, head.position, None, message))
        elif (head.position, head.hash) != (position, newest.hash if newest else None):
            found.append(Finding(Tampering.HEAD, head.position, None, "the head is not the newest link"))
        return found


async def _read_links(session: AsyncSession, position: int, page: int) -> Sequence[Row[Any]]:
    query = select(AUDIT_CHAIN).where(AUDIT_CHAIN.c.position > position).order_by(AUDIT_CHAIN.c.position).limit(page)
    return (await session.execute(query)).all()


async def _read_entries(session: AsyncSession, ids: Sequence[str]) -> dict[str, Row[Any]]:
    rows = await session.execute(select(AUDIT_LOG).where(AUDIT_LOG.c.id.in_(ids)))
    return {row.id: row for row in rows}


async def _find_inserted(session: AsyncSession, newest: Row[Any] | None, page: int) -> AsyncIterator[Finding]:
    """Entries in front of the newest link that have none: they were not there when the others were linked."""
    if newest is None:
        return
    limit = (newest.transaction_id, newest.sequence)
    sequence = None
    while True:
        query = (
            select(AUDIT_LOG.c.id, AUDIT_LOG.c.transaction_id, AUDIT_LOG.c.sequence, AUDIT_CHAIN.c.position)
            .outerjoin(AUDIT_CHAIN, AUDIT_CHAIN.c.entry_id == AUDIT_LOG.c.id)
            .order_by(AUDIT_LOG.c.sequence)
            .limit(page)
        )
        if sequence is not None:
            query = query.where(AUDIT_LOG.c.sequence > sequence)
        rows = (await session.execute(query)).all()
        for row in rows:
            if row.position is None and (row.transaction_id, row.sequence) <= limit:
                yield Finding(Tampering.INSERTED, None, row.id, "the entry is not linked, though later ones are")
        if len(rows) < page:
            return
        sequence = rows[-1].sequence


async def _read_erasures(session: AsyncSession) -> dict[str, int]:
    """The newest erasure of each person, by the sequence of its entry."""
    query = (
        select(AUDIT_LOG.c.object_id, func.max(AUDIT_LOG.c.sequence))
        .where(AUDIT_LOG.c.action == ERASE)
        .group_by(AUDIT_LOG.c.object_id)
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def _check_personal(
    session: AsyncSession, links: Sequence[Row[Any]], entries: dict[str, Row[Any]], erasures: dict[str, int]
) -> list[Finding]:
    """Personal values that are not those that were recorded, or that are missing without an erasure."""
    query = select(AUDIT_PERSONAL).where(AUDIT_PERSONAL.c.entry_id.in_(list(entries)))
    values: dict[str, dict[str, Row[Any]]] = defaultdict(dict)
    for value in await session.execute(query):
        values[value.entry_id][value.place] = value
    found = []
    for link in links:
        entry = entries.get(link.entry_id)
        if entry is None:
            continue
        known = values.pop(entry.id, {})
        for place in ("before", "after", "client_address"):
            for where, hash_, subject in find_references(place, getattr(entry, place)):
                if where not in known:
                    if erasures.get(subject, 0) < entry.sequence:
                        message = f"the personal value {where} is missing, and no erasure is recorded"
                        found.append(Finding(Tampering.PERSONAL, link.position, entry.id, message))
                    continue
                value = known.pop(where)
                if (hash_personal(value.salt, value.value), value.subject) != (hash_, subject):
                    message = f"the personal value {where} is not the one that was recorded"
                    found.append(Finding(Tampering.PERSONAL, link.position, entry.id, message))
        found += [
            Finding(Tampering.PERSONAL, link.position, entry.id, f"the personal value {where} was added later")
            for where in known
        ]
    return found
