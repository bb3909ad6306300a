"""The PostgreSQL server of both shops, and how many statements each has it run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
from sqlalchemy import make_url

from benchmarks.gateway.processes import LOAD_CORE, pin_to

STATEMENTS: Final = "pg_stat_statements"
TRANSACTIONS: Final = "pg_stat_database"
_GIVEN: Final = "ENTREPOT_TEST_POSTGRES"
_SCRIPT: Final = Path(__file__).parents[2] / "scripts" / "postgres"
_COUNTS: Final = {
    STATEMENTS: "SELECT sum(calls) FROM pg_stat_statements WHERE dbid IN "
    "(SELECT oid FROM pg_database WHERE starts_with(datname, $1))",
    TRANSACTIONS: "SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database WHERE starts_with(datname, $1)",
}


@dataclass(frozen=True)
class Server:
    """A server at `url`; `counted` names the view that statements are counted by."""

    url: str
    connection: asyncpg.Connection[asyncpg.Record]
    counted: str

    async def create_database(self, name: str) -> str:
        """The URL of a new, empty database, for its administrator."""
        await self.connection.execute(f'CREATE DATABASE "{name}"')
        return make_url(self.url).set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    async def drop_database(self, name: str) -> None:
        await self.connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def count(self, prefix: str) -> int:
        """Statements, or else transactions, so far in the databases whose names start with that."""
        return int(await self.connection.fetchval(_COUNTS[self.counted], prefix) or 0)


@asynccontextmanager
async def open_server(folder: Path, port: int) -> AsyncIterator[Server]:
    """The server that ENTREPOT_TEST_POSTGRES names, else one of our own on the core of the load."""
    given = os.environ.get(_GIVEN)
    url = given or _run(folder, port, "start").strip()
    try:
        if not given:
            await _execute(url, f"ALTER SYSTEM SET shared_preload_libraries = '{STATEMENTS}'")
            _run(folder, port, "restart")
        connection = await asyncpg.connect(_plain(url))
        try:
            yield Server(url, connection, await _choose_count(connection))
        finally:
            await connection.close()
    finally:
        if not given:
            _run(folder, port, "stop")


def _run(folder: Path, port: int, action: str) -> str:
    command = [*pin_to(LOAD_CORE), str(_SCRIPT), action, str(folder)]
    environ = {**os.environ, "PGPORT": str(port)}
    # The server that stays behind would keep a pipe open.
    with (folder.parent / "postgres.out").open("w+") as output:
        subprocess.run(command, env=environ, stdout=output, check=True)
        output.seek(0)
        return output.read()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(_plain(url))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _choose_count(connection: asyncpg.Connection[asyncpg.Record]) -> str:
    try:
        await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {STATEMENTS}")
        await connection.fetchval(_COUNTS[STATEMENTS], "")
    except asyncpg.PostgresError:
        return TRANSACTIONS
    return STATEMENTS


def _plain(url: str) -> str:
    return url.replace("postgresql+asyncpg:", "postgresql:")
