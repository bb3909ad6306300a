"""Another process goes on where one that links entries was killed."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from entrepot.shared.audit import Chaining
from tests.support.audit import SOURCE, find_all, link_all, read_positions, write_entries
from tests.support.kernel import Kernel
from tests.support.tree import ROOT

PATIENCE = 30.0


async def test_a_process_that_is_killed_is_replaced(kernel: Kernel, tmp_path: Path) -> None:
    ids = await write_entries(kernel, *range(5))
    database = kernel.database
    place = [] if database.is_sqlite else [database.url.render_as_string(hide_password=False)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.chaining_process",
        str(tmp_path),
        *place,
        cwd=ROOT,
        env=os.environ,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            assert await process.stdout.readline() == f"{SOURCE}:audit:linked\n".encode()
        if not database.is_sqlite:
            # It holds the lease: another process has nothing to do, and waits for nothing.
            assert await Chaining().run(kernel.transactions) == 0
        # Mutations do not wait for it on PostgreSQL; on SQLite there is one writer.
        fresh = [] if database.is_sqlite else await write_entries(kernel, 6)
    finally:
        process.kill()
        await process.wait()
    async with asyncio.timeout(PATIENCE):
        while len(await read_positions(database)) < len(ids + fresh):
            await link_all(kernel)
    assert await read_positions(database) == list(enumerate(ids + fresh, 1))
    assert await find_all(database) == []
