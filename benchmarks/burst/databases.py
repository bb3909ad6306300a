"""Databases of a benchmark's own, also such as answer late."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.servers import free_port


@asynccontextmanager
async def create_database(server: URL, prefix: str) -> AsyncIterator[str]:
    """The URL of a database that is dropped at the end of the block."""
    name = f"{prefix}_{uuid.uuid4().hex[:12]}"
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"CREATE DATABASE {name}"))
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        async with engine.connect() as connection:
            await connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        await engine.dispose()


@asynccontextmanager
async def delay_connections(url: str, milliseconds: float) -> AsyncIterator[str]:
    """The URL by which the database is reached that much later; the relay is a process of its own."""
    if not milliseconds:
        yield url
        return
    target, port = make_url(url), free_port()
    relay = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.burst.delay", str(port), str(target.host), str(target.port or 5432), str(milliseconds)),
        stdout=subprocess.PIPE,
    )
    try:
        assert relay.stdout is not None
        await relay.stdout.readline()
        yield target.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
    finally:
        relay.terminate()
        await relay.wait()
