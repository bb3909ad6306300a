"""The shops that are measured: each started as a process of its own, its graph and a look at its databases."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import aiohttp
from sqlalchemy import text

from benchmarks.load.volume import PostgresVolume, SqliteVolume, Volume
from entrepot.native import find_free_ports
from entrepot.subgraphs.registry import SUBGRAPHS
from tests.support.clients import GraphQLClient
from tests.support.mesh import CHEAP
from tests.support.up import ObservedShop, run_up, visit

_START_SECONDS = 120.0
_NOWHERE = asyncio.subprocess.DEVNULL


class Books(Protocol):
    """A look at the databases of a shop, past the graph."""

    async def count(self, subgraph: str, query: str) -> int:
        """The one number that the query answers."""
        ...


@dataclass(frozen=True)
class MeasuredShop:
    """A shop that runs; `observed` is None where there is one process."""

    name: str
    client: GraphQLClient
    books: Books
    volume: Volume
    observed: ObservedShop | None = None


class SqliteBooks:
    """Those of the embedded shop: a file a subgraph."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def count(self, subgraph: str, query: str) -> int:
        return await asyncio.to_thread(self._count, subgraph, query)

    def _count(self, subgraph: str, query: str) -> int:
        path = f"file:{self._folder / subgraph}.db?mode=ro"
        with closing(sqlite3.connect(path, uri=True, timeout=30)) as connection:
            return int(connection.execute(query).fetchone()[0])


class PostgresBooks:
    """Those of the distributed shop: a database a subgraph."""

    def __init__(self, observed: ObservedShop) -> None:
        self._observed = observed

    async def count(self, subgraph: str, query: str) -> int:
        async with self._observed.processes[subgraph].database.read() as session:
            return int(await session.scalar(text(query)) or 0)


@asynccontextmanager
async def open_embedded() -> AsyncIterator[MeasuredShop]:
    """`entrepot dev`: one process, SQLite, the bus in memory."""
    (port,) = find_free_ports(1)
    with tempfile.TemporaryDirectory(prefix="entrepot-load-") as name:
        folder = Path(name)
        command = [sys.executable, "-m", "entrepot.cli", "dev", "--port", str(port), "--data", name]
        environ = {**os.environ, **CHEAP, "ENTREPOT_SERVER_LOG_LEVEL": "WARNING"}
        process = await asyncio.create_subprocess_exec(*command, env=environ, stdout=_NOWHERE, stderr=_NOWHERE)
        try:
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
                await _wait_until_ready(session, f"http://127.0.0.1:{port}/health/ready", process)
                client = GraphQLClient(session, f"http://127.0.0.1:{port}/graphql")
                yield MeasuredShop("embedded", client, SqliteBooks(folder), SqliteVolume(folder))
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()


@asynccontextmanager
async def open_distributed() -> AsyncIterator[MeasuredShop]:
    """`entrepot up`: PostgreSQL that syncs, Kafka, Redis, a process a subgraph and a worker, two routers, HAProxy."""
    with run_up("--scale", "router=2", environ={"POSTGRES_FSYNC": "on"}) as up:
        async with visit(up) as shop:
            observed = shop.running
            yield MeasuredShop("distributed", shop.client, PostgresBooks(observed), PostgresVolume(observed), observed)


async def _wait_until_ready(session: aiohttp.ClientSession, url: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"the shop ended with {process.returncode} before it was ready")
            try:
                async with session.get(url) as response:
                    if response.ok:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)


async def count_effects(books: Books) -> int:
    """How many effects handlers of all subgraphs have taken."""
    counts = await asyncio.gather(*(books.count(name, "SELECT count(*) FROM inbox") for name in SUBGRAPHS))
    return sum(counts)
