"""The job that links entries of the audit log into a chain, after their commit and in its order."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.audit.chain import read_batch, read_cursor, read_head, read_newest_link
from entrepot.shared.audit.hashing import first_previous, hash_entry, hash_link, sign_head
from entrepot.shared.audit.tables import AUDIT_CHAIN, AUDIT_HEAD
from entrepot.shared.db import Database, upsert
from entrepot.shared.environment import Environment
from entrepot.shared.errors import InternalError

CHAIN_JOB: Final = "chain-audit-log"
CHAIN_SECONDS: Final = 2.0
BATCH: Final = 500
_LEASE: Final = 0x6175_6469_7431
"""The advisory lock of the job. It ends with the transaction, and so with its process; PostgreSQL ends a transaction
whose process is stopped after `idle_timeout`."""


class AuditChainBroken(InternalError):
    """The head of the audit chain is not the one that was written; run `entrepot audit verify`."""

    code = "AUDIT_CHAIN_BROKEN"


class Transactions(Protocol):
    """The part of a factory of units of work that the job needs."""

    source: str
    database: Database
    environment: Environment


class Chaining:
    """The job for one subgraph; one process at a time does it, on SQLite because it has one writer at a time."""

    def __init__(self, key: bytes | None = None, batch: int = BATCH) -> None:
        self._key = key
        self._batch = batch

    async def run(self, transactions: Transactions) -> int:
        """Link one batch; how many entries it had. Raises AuditChainBroken where the chain was tampered with."""
        database = transactions.database
        async with database.read() as session:
            # Nearly always there is nothing to do, and no need for a writer.
            if not await read_batch(session, await read_cursor(session, await read_newest_link(session)), 1):
                return 0
        async with database.write() as session:
            if not database.is_sqlite and not await session.scalar(select(func.pg_try_advisory_xact_lock(_LEASE))):
                return 0
            linked = await self._link(session, transactions.source, transactions.environment.clock.now())
            transactions.environment.failpoint(f"{transactions.source}:audit:linked")
            await session.commit()
        return linked

    async def _link(self, session: AsyncSession, source: str, now: datetime) -> int:
        newest = await read_newest_link(session)
        check_head(newest, await read_head(session), source, self._key)
        cursor = await read_cursor(session, newest)
        rows = await read_batch(session, cursor, self._batch)
        if not rows:
            return 0
        links = build_links(rows, newest, cursor.epoch, source, now)
        await session.execute(AUDIT_CHAIN.insert(), links)
        await write_head(session, source, links[-1]["position"], links[-1]["hash"], now, self._key)
        return len(links)


def build_links(
    rows: list[Row[Any]], newest: Row[Any] | None, epoch: int, source: str, now: datetime
) -> list[dict[str, Any]]:
    """The links of the entries, behind the newest."""
    first = newest.position + 1 if newest else 1
    previous = newest.hash if newest else first_previous(source)
    links = []
    for position, row in enumerate(rows, first):
        link = {
            "position": position,
            "epoch": epoch,
            "transaction_id": row.transaction_id,
            "sequence": row.sequence,
            "entry_id": row.id,
            "digest": hash_entry(row),
            "previous": previous,
            "linked_at": now,
        }
        link["hash"] = previous = hash_link(link)
        links.append(link)
    return links


def check_head(newest: Row[Any] | None, head: Row[Any] | None, source: str, key: bytes | None) -> None:
    """Raise AuditChainBroken unless the head is that of the newest link, and signed where there is a key.

    Without this the job would sign what somebody has put in the place of the chain.
    """
    _check_position(newest, head, source)
    if head is None or is_signed(head, source, key):
        return
    if key is None:
        raise AuditChainBroken(
            f"The audit chain of {source} is signed and this process has no key. Set ENTREPOT_AUDIT_KEY or "
            "ENTREPOT_AUDIT_KEY_FILE."
        )
    raise AuditChainBroken(
        f"The head of the audit chain of {source} is not signed with the key of this process. If the key is new, "
        "verify and sign the chain with `entrepot audit sign`; otherwise run `entrepot audit verify`."
    )


def _check_position(newest: Row[Any] | None, head: Row[Any] | None, source: str) -> None:
    chain, written = ((each.position, each.hash) if each is not None else None for each in (newest, head))
    if chain != written:
        found = f"{newest.position} links" if newest else "no link"
        wanted = f"a head at {head.position}" if head else "no head"
        raise AuditChainBroken(
            f"The audit chain of {source} has {found} and {wanted}. Entries are not linked any more: find out what "
            "happened with `entrepot audit verify`."
        )


async def sign_chain(database: Database, source: str, key: bytes) -> int:
    """Sign the head with the key, whatever signed it before; its position. For a chain that was just verified."""
    async with database.write() as session:
        if not database.is_sqlite:
            await session.execute(select(func.pg_advisory_xact_lock(_LEASE)))
        newest, head = await read_newest_link(session), await read_head(session)
        _check_position(newest, head, source)
        if head is None:
            return 0
        await write_head(session, source, head.position, head.hash, head.linked_at, key)
        await session.commit()
        position: int = head.position
        return position


def is_signed(head: Row[Any], source: str, key: bytes | None) -> bool:
    """Whether the signature of the head is the one of the key; without a key there must be none."""
    if key is None:
        return head.signature is None
    return bool(head.signature == sign_head(key, source, head.position, head.hash, head.linked_at))


async def write_head(
    session: AsyncSession, source: str, position: int, hash_: str, now: datetime, key: bytes | None
) -> None:
    """Write the head of the chain, signed where there is a key."""
    signature = None if key is None else sign_head(key, source, position, hash_, now)
    head = {"id": 1, "position": position, "hash": hash_, "linked_at": now, "signature": signature}
    await upsert(session, AUDIT_HEAD, head)
