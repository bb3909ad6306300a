"""Entries are linked after their commit, in its order, each once, whoever runs the job."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from entrepot.shared.audit import AuditChainBroken, Chaining, record
from entrepot.shared.audit.chain import read_unlinked
from entrepot.shared.audit.chaining import sign_chain
from entrepot.shared.audit.tables import AUDIT_CHAIN, AUDIT_LOG
from tests.shared.conftest import empty_postgres
from tests.support.audit import (
    KEY,
    SOURCE,
    find_all,
    kinds_of,
    link_all,
    read_positions,
    rename,
    tamper,
    wait_for_others,
    write_entries,
)
from tests.support.kernel import Kernel, LeapingClock, open_kernel

WRITERS = 8
ENTRIES = 25


async def test_batches_are_bounded(kernel: Kernel) -> None:
    ids = await write_entries(kernel, *range(7))
    await wait_for_others(kernel.database)
    chaining = Chaining(batch=3)
    linked = [await chaining.run(kernel.transactions) for _ in range(4)]
    assert linked == [3, 3, 1, 0]
    assert await read_positions(kernel.database) == list(enumerate(ids, 1))
    assert await find_all(kernel.database, page=2) == []


async def test_what_is_not_linked_is_counted(kernel: Kernel) -> None:
    await write_entries(kernel, 1)
    await link_all(kernel)
    await write_entries(kernel, 2)
    since = kernel.clock.now()
    await write_entries(kernel, 3)
    async with kernel.database.read() as session:
        unlinked = await read_unlinked(session)
    assert (unlinked.count, unlinked.oldest_at) == (2, since)
    assert await find_all(kernel.database) == []
    await link_all(kernel)
    async with kernel.database.read() as session:
        assert (await read_unlinked(session)).count == 0


async def test_many_writers_and_two_jobs(kernel: Kernel) -> None:
    """Every third transaction is rolled back, and some stay open for a while."""
    ids: list[str] = []
    are_writing = True

    async def write(writer: int) -> None:
        for number in range(ENTRIES):
            with suppress(ZeroDivisionError):
                async with kernel.transactions.begin() as unit:
                    fresh = await record(unit, rename(writer), rename(number))
                    await asyncio.sleep(0.001 * ((writer * number) % 7))
                    _ = 1 / (number % 3)
                ids.extend(fresh)

    async def work() -> None:
        chaining = Chaining(KEY, batch=5)
        while are_writing:
            await chaining.run(kernel.transactions)
            await asyncio.sleep(0)

    workers = [asyncio.create_task(work()) for _ in range(2)]
    await asyncio.gather(*(write(writer) for writer in range(WRITERS)))
    are_writing = False
    await asyncio.gather(*workers)
    await link_all(kernel, Chaining(KEY))
    positions = await read_positions(kernel.database)
    assert [position for position, _ in positions] == list(range(1, len(ids) + 1))
    assert sorted(entry for _, entry in positions) == sorted(ids)
    assert await find_all(kernel.database, key=KEY) == []


async def test_an_entry_waits_for_transactions_with_lower_ids(tmp_path: Path) -> None:
    async with empty_postgres() as url, open_kernel(tmp_path, LeapingClock(), name=SOURCE, url=url) as kernel:
        async with kernel.database.write() as slow:
            await slow.execute(text("SELECT pg_current_xact_id()"))
            (fast,) = await write_entries(kernel, 1)
            assert await Chaining().run(kernel.transactions) == 0
            async with kernel.database.read() as session:
                assert (await read_unlinked(session)).count == 1
            await slow.execute(
                AUDIT_LOG.insert(),
                {"id": "aud_slow", "occurred_at": kernel.clock.now(), "actor": "system", "scopes": ""}
                | {"action": "a", "object_type": "Thing", "object_id": "thg_2"},
            )
            await slow.commit()
        assert await link_all(kernel) == 2
        # The transaction that began first is first, though its entry was written last.
        assert await read_positions(kernel.database) == [(1, "aud_slow"), (2, fast)]
        assert await find_all(kernel.database) == []


async def test_the_id_of_the_transaction_cannot_be_chosen(tmp_path: Path) -> None:
    async with empty_postgres() as url, open_kernel(tmp_path, LeapingClock(), name=SOURCE, url=url) as kernel:
        async with kernel.database.write() as session:
            given = {"id": "aud_1", "occurred_at": kernel.clock.now(), "actor": "system", "scopes": "", "action": "a"}
            given |= {"object_type": "Thing", "object_id": "thg_2", "transaction_id": 7}
            await session.execute(AUDIT_LOG.insert(), given)
            current = await session.scalar(text("SELECT pg_current_xact_id()::text::bigint"))
            await session.commit()
        (row,) = await kernel.rows(AUDIT_LOG)
        assert row.transaction_id == current


async def test_a_database_restored_into_another_server(tmp_path: Path) -> None:
    """Its transaction ids begin again below those of linked entries: an epoch of its own, which is no finding."""
    async with empty_postgres() as url, open_kernel(tmp_path, LeapingClock(), name=SOURCE, url=url) as kernel:
        await write_entries(kernel, 1, 2)
        await tamper(kernel.database, "UPDATE audit_log SET transaction_id = transaction_id + 1000000000000")
        assert await link_all(kernel) == 2
        await write_entries(kernel, 3, 4)
        assert await link_all(kernel) == 2
        await write_entries(kernel, 5)
        assert await link_all(kernel) == 1
        assert [row.epoch for row in await kernel.rows(AUDIT_CHAIN)] == [0, 0, 1, 1, 1]
        assert await find_all(kernel.database) == []


async def test_a_signed_chain_needs_its_key(kernel: Kernel) -> None:
    await write_entries(kernel, 1)
    await link_all(kernel, Chaining(KEY))
    await write_entries(kernel, 2)
    for other in (None, KEY[::-1]):
        with pytest.raises(AuditChainBroken):
            await link_all(kernel, Chaining(other))
        assert await kinds_of(kernel.database, key=other) == [("head", 1)]
    assert await find_all(kernel.database, key=KEY) == []
    await sign_chain(kernel.database, SOURCE, KEY[::-1])
    assert await link_all(kernel, Chaining(KEY[::-1])) == 1
    assert await find_all(kernel.database, key=KEY[::-1]) == []


async def test_the_job_does_not_sign_another_chain(kernel: Kernel) -> None:
    """Whoever puts another head in the place of the newest link has no key to sign it."""
    await write_entries(kernel, 1, 2)
    await link_all(kernel, Chaining(KEY))
    await tamper(
        kernel.database,
        "DELETE FROM audit_log WHERE id = (SELECT entry_id FROM audit_chain WHERE position = 2)",
        "DELETE FROM audit_chain WHERE position = 2",
        "UPDATE audit_head SET position = 1, hash = (SELECT hash FROM audit_chain WHERE position = 1)",
    )
    await write_entries(kernel, 3)
    with pytest.raises(AuditChainBroken):
        await link_all(kernel, Chaining(KEY))
    assert await kinds_of(kernel.database, key=KEY) == [("head", 1)]


async def test_looking_for_entries_reads_no_linked_ones(kernel: Kernel) -> None:
    """The job looks every two seconds, however long the log is."""
    await write_entries(kernel, *range(20))
    await link_all(kernel)
    statements: list[str] = []
    stop = kernel.database.count_statements(statements.append)
    assert await Chaining().run(kernel.transactions) == 0
    stop()
    (query,) = [each for each in statements if "FROM audit_log" in each]
    if kernel.database.is_sqlite:
        async with kernel.database.read() as session:
            plan = await session.execute(text(f"EXPLAIN QUERY PLAN {query.replace('?', '20')}"))
            assert "USING INTEGER PRIMARY KEY (rowid>?)" in str(plan.all())
    else:
        query = re.sub(r"\$\d::\w+", "20", query)
        async with kernel.database.read() as session:
            await session.execute(text("SET LOCAL enable_seqscan = off"))
            await session.execute(text("SET LOCAL enable_sort = off"))
            plan = await session.execute(text(f"EXPLAIN {query}"))
            assert "Index Cond: (ROW(transaction_id, sequence) > ROW(" in str(plan.all())
