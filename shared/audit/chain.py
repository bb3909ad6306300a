"""The chain as the database has it: its newest link, its head, and the entries that are not linked yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Row, func, literal_column, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.audit.tables import AUDIT_CHAIN, AUDIT_HEAD, AUDIT_LOG

_ORDER: Final = (AUDIT_LOG.c.transaction_id, AUDIT_LOG.c.sequence)
_NEWEST_LINK: Final = select(AUDIT_CHAIN).order_by(AUDIT_CHAIN.c.position.desc()).limit(1)
_IS_LINKED: Final = select(AUDIT_CHAIN.c.position).where(AUDIT_CHAIN.c.entry_id == AUDIT_LOG.c.id).exists()

# Transactions below `xmin` have ended; ids from `xmax` on are of no transaction of this server. Both are of the
# statement's own snapshot, so that what has ended is also seen.
_XMIN: Final[ColumnElement[int]] = literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", BigInteger)
_XMAX: Final[ColumnElement[int]] = literal_column("pg_snapshot_xmax(pg_current_snapshot())::text::bigint", BigInteger)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next batch begins: behind the entry of the newest link, or in a new epoch at the first entry."""

    epoch: int = 0
    transaction_id: int = -1
    sequence: int = -1


@dataclass(frozen=True, slots=True)
class Unlinked:
    """Entries that are not linked yet."""

    count: int
    oldest_at: datetime | None


async def read_newest_link(session: AsyncSession) -> Row[Any] | None:
    return (await session.execute(_NEWEST_LINK)).one_or_none()


async def read_head(session: AsyncSession) -> Row[Any] | None:
    return (await session.execute(select(AUDIT_HEAD))).one_or_none()


async def read_cursor(session: AsyncSession, newest: Row[Any] | None) -> Cursor:
    """Behind the newest link; at the beginning of a new epoch where the server has not given that many ids yet."""
    if newest is None:
        return Cursor()
    if not _is_sqlite(session) and (await session.scalar(select(_XMAX)) or 0) <= newest.transaction_id:
        return Cursor(newest.epoch + 1)
    return Cursor(newest.epoch, newest.transaction_id, newest.sequence)


async def read_batch(session: AsyncSession, cursor: Cursor, limit: int) -> list[Row[Any]]:
    """The next entries to link, in the order of the chain.

    On PostgreSQL an entry waits until all transactions with lower ids have ended, so that none of them can commit an
    entry in front of one that is linked.
    """
    is_sqlite = _is_sqlite(session)
    order = (AUDIT_LOG.c.sequence,) if is_sqlite else _ORDER
    query = select(AUDIT_LOG).where(*_is_unlinked(cursor, is_sqlite=is_sqlite)).order_by(*order).limit(limit)
    if not is_sqlite:
        query = query.where(or_(AUDIT_LOG.c.transaction_id < _XMIN, AUDIT_LOG.c.transaction_id >= _XMAX))
    return list((await session.execute(query)).all())


async def read_unlinked(session: AsyncSession) -> Unlinked:
    """How many entries wait to be linked, those of transactions that wait for others included."""
    cursor = await read_cursor(session, await read_newest_link(session))
    query = select(func.count(), func.min(AUDIT_LOG.c.occurred_at)).select_from(AUDIT_LOG)
    count, oldest = (await session.execute(query.where(*_is_unlinked(cursor, is_sqlite=_is_sqlite(session))))).one()
    return Unlinked(count, oldest)


def _is_unlinked(cursor: Cursor, *, is_sqlite: bool) -> list[ColumnElement[bool]]:
    if is_sqlite:
        # All rows have one transaction id, of which an index would be read from its first entry.
        return [AUDIT_LOG.c.sequence > cursor.sequence]
    conditions: list[ColumnElement[bool]] = []
    if cursor.sequence >= 0:
        conditions.append(tuple_(*_ORDER) > (cursor.transaction_id, cursor.sequence))
    if cursor.epoch:
        conditions.append(~_IS_LINKED)
    return conditions


def _is_sqlite(session: AsyncSession) -> bool:
    return session.get_bind().dialect.name == "sqlite"
