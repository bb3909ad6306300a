"""A round of pruning reads what it deletes: what is kept, however much it is, is not read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import bindparam, delete, event, text

from entrepot.shared.events.operations.pruning import Pruning
from entrepot.shared.events.tables import (
    IDEMPOTENCY_KEYS,
    INBOX,
    OUTBOX,
    OUTBOX_AGGREGATES,
    PUBLISHED_STATE,
    SAGAS,
)
from tests.support.kernel import Kernel

_DUE: Final = 50
_ALLOWANCE: Final = 1.5
"""Trees of indexes grow deeper, and a page more or less is read; what grows with the rows grows two hundred times."""
_READ: Final = """
SELECT (SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables)
     + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)
"""


_FILL: Final = (
    "INSERT INTO published_state SELECT 'carts.cart.changed', 'crt_' || i, '{}', i, :long FROM numbers",
    "INSERT INTO outbox_streams (subject, attempts) SELECT 'crt_' || i, 0 FROM numbers",
    """
    INSERT INTO outbox (id, subject, type, envelope, created_at, delivered_at)
    SELECT 'evt_' || i, 'crt_' || i, 'carts.cart.changed', '{}', :now, :now FROM numbers
    """,
    "INSERT INTO inbox SELECT 'evt_' || i, 'handler', :now FROM numbers",
    "INSERT INTO idempotency_keys SELECT 'caller', 'operation', 'key' || i, '', '', :now FROM numbers",
    # Half of them have not ended, however long they have been there.
    """
    INSERT INTO sagas (name, key, status, step, data, attempts, version, created_at, updated_at)
    SELECT 'saga', 'key' || i, CASE i % 2 WHEN 0 THEN 'RUNNING' ELSE 'COMPLETED' END, 'step', '{}', 0, 0, :long,
    CASE i % 2 WHEN 0 THEN :long ELSE :now END FROM numbers
    """,
    """
    INSERT INTO outbox (id, subject, type, envelope, created_at, delivered_at)
    SELECT 'due_' || i, 'crt_' || i, 'carts.cart.changed', '{}', :old, :old FROM numbers WHERE i <= 50
    """,
)
_FILLED: Final = (PUBLISHED_STATE, OUTBOX_AGGREGATES, OUTBOX, INBOX, IDEMPOTENCY_KEYS, SAGAS)


async def fill(kernel: Kernel, kept: int) -> None:
    """So many states, and as many rows of every table of the kernel that grows with them; some events are due to go."""
    numbers = "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < kept) SELECT i FROM n)"
    if not kernel.database.is_sqlite:
        numbers = "generate_series(1, kept) AS i"
    numbers = numbers.replace("kept", str(kept))
    now = kernel.clock.now()
    moments = {"now": now, "old": now - timedelta(days=100), "long": now - timedelta(days=1000)}
    async with kernel.database.write_schema() as session:
        for statement in _FILL:
            used = {name: moment for name, moment in moments.items() if f":{name}" in statement}
            await session.execute(text(statement.replace("numbers", numbers)).bindparams(*map(_bind, used.items())))
    if not kernel.database.is_sqlite:
        async with kernel.database.write_schema() as session:
            await session.execute(text("ANALYZE"))


async def empty(kernel: Kernel) -> None:
    async with kernel.database.write_schema() as session:
        if not kernel.database.is_sqlite:
            await session.execute(text(f"TRUNCATE {', '.join(table.name for table in _FILLED)}"))
            return
        for table in _FILLED:
            await session.execute(delete(table))


def _bind(moment: tuple[str, Any]) -> Any:
    return bindparam(moment[0], moment[1], type_=OUTBOX.c.created_at.type)


async def count_reads(kernel: Kernel, work: Callable[[], Awaitable[int]]) -> int:
    """What the work reads: rows and entries of indexes on PostgreSQL, steps of SQLite's virtual machine."""
    await kernel.database.dispose()
    if kernel.database.is_sqlite:
        steps = 0

        def count() -> int:
            nonlocal steps
            steps += 1
            return 0

        def watch(connection: Any, _record: Any) -> None:
            connection.driver_connection.open.set_progress_handler(count, 1)

        event.listen(kernel.database.engine.sync_engine, "connect", watch)
        assert await work()
        event.remove(kernel.database.engine.sync_engine, "connect", watch)
        await kernel.database.dispose()
        return steps
    before = await read_statistics(kernel)
    assert await work()
    # A connection reports at its end at the latest.
    await kernel.database.dispose()
    return await read_statistics(kernel) - before


async def read_statistics(kernel: Kernel) -> int:
    async with kernel.database.read() as session:
        count = int(await session.scalar(text(_READ)) or 0)
    await kernel.database.dispose()
    return count


async def measure(kernel: Kernel, folder: Path, kept: int) -> int:
    await fill(kernel, kept)

    async def prune() -> int:
        pruning = Pruning(folder)
        pruned = await pruning.run(kernel.transactions)
        assert pruning.counters.pruning_failures == 0
        assert pruned == _DUE
        return pruned

    reads = await count_reads(kernel, prune)
    await empty(kernel)
    return reads


async def test_a_round_reads_no_more_with_many_kept_states(kernel: Kernel, tmp_path: Path) -> None:
    few = await measure(kernel, tmp_path, 5_000)
    many = await measure(kernel, tmp_path, 200_000)
    assert _DUE < many < few * _ALLOWANCE, (few, many)


@pytest.mark.long
async def test_a_round_reads_no_more_with_five_million(kernel: Kernel, tmp_path: Path) -> None:
    few = await measure(kernel, tmp_path, 5_000)
    many = await measure(kernel, tmp_path, 5_000_000)
    assert _DUE < many < few * _ALLOWANCE, (few, many)
