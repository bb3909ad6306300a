"""Audit logs in tests: entries to write, findings to compare, and changes with triggers disabled."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text

from entrepot.shared.audit import Actor, AuditEntry, Chaining, record
from entrepot.shared.audit.verification import Finding, OutsideHead, verify
from entrepot.shared.db import Database
from tests.support.kernel import Kernel

ALICE: Final = Actor("usr_alice", ("orders:cancel", "orders:read"), None, "192.0.2.7")
KEY: Final = b"0123456789abcdef0123456789abcdef"
SOURCE: Final = "tests"
_IS_HELD_BACK: Final = """SELECT EXISTS (SELECT FROM audit_log
  WHERE transaction_id >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    AND transaction_id < pg_snapshot_xmax(pg_current_snapshot())::text::bigint)"""
_TRIGGERS: Final = ("audit_log", "audit_chain", "audit_personal")


def rename(number: int, **changes: Any) -> AuditEntry:
    """An entry for the thing of that number."""
    facts: dict[str, Any] = {
        "actor": ALICE,
        "action": "renameThing",
        "object_type": "Thing",
        "object_id": f"thg_{number}",
        "before": {"title": "old"},
        "after": {"title": f"new {number}"},
    }
    return AuditEntry(**(facts | changes))


async def write_entries(kernel: Kernel, *numbers: int) -> list[str]:
    """An entry per number, each in a transaction of its own; their ids."""
    ids: list[str] = []
    for number in numbers:
        async with kernel.transactions.begin() as unit:
            ids += await record(unit, rename(number))
    return ids


async def link_all(kernel: Kernel, chaining: Chaining | None = None) -> int:
    """Run the job until nothing is left; how many entries it linked."""
    chaining, total = chaining or Chaining(), 0
    await wait_for_others(kernel.database)
    while linked := await chaining.run(kernel.transactions):
        total += linked
    return total


async def wait_for_others(database: Database) -> None:
    """Wait until no transaction is open that began before the newest entry: the server is shared with other tests."""
    while not database.is_sqlite:
        async with database.read() as session:
            if not await session.scalar(text(_IS_HELD_BACK)):
                return
        await asyncio.sleep(0.01)


async def find_all(database: Database, **options: Any) -> list[Finding]:
    async with database.read() as session:
        return [finding async for finding in verify(session, SOURCE, **options)]


async def kinds_of(database: Database, **options: Any) -> list[tuple[str, int | None]]:
    """Kind and position of each finding."""
    return [(str(each.kind), each.position) for each in await find_all(database, **options)]


async def tamper(database: Database, *statements: str, **values: Any) -> None:
    """Change the database as its owner can: without the triggers."""
    async with database.write_schema() as session:
        if database.is_sqlite:
            names = await session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
            for name in names.all():
                await session.execute(text(f"DROP TRIGGER {name}"))
        else:
            for table in _TRIGGERS:
                await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            await session.execute(text(statement), values)
        if not database.is_sqlite:
            for table in _TRIGGERS:
                await session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


async def read_outside(database: Database) -> OutsideHead:
    """The head as somebody keeps it outside the database."""
    async with database.read() as session:
        position, hash_ = (await session.execute(text("SELECT position, hash FROM audit_head"))).one()
    return OutsideHead(position, hash_)


async def read_positions(database: Database) -> Sequence[tuple[int, str]]:
    async with database.read() as session:
        rows = await session.execute(text("SELECT position, entry_id FROM audit_chain ORDER BY position"))
        return [(row[0], row[1]) for row in rows]
