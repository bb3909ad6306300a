"""Databases of PostgreSQL for tests: one of each subgraph a test process, migrated once, emptied for every test."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database, migrate
from entrepot.shared.events import KERNEL
from entrepot.subgraphs.registry import load

# As new: to drop a database and copy another takes longer than most tests, since the server writes all it has.
_EMPTY = """DO $$ DECLARE found record; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR found IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'
    AND tablename NOT IN ('alembic_version', 'kernel_version')
  LOOP EXECUTE format('DELETE FROM %I', found.name); END LOOP;
  FOR found IN SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public'
  LOOP EXECUTE format('ALTER SEQUENCE %I RESTART', found.name); END LOOP;
END $$"""


@dataclass
class DatabasesOfTests:
    """The databases of one test process, by subgraph; `close` drops them."""

    server: str
    names: dict[str, str] = field(default_factory=dict)

    async def lend(self, subgraph: str) -> str:
        """The URL of the subgraph's database, migrated and empty; whoever had it before has let go of it."""
        if subgraph in self.names:
            await self._run(_EMPTY, self.names[subgraph])
        else:
            self.names[subgraph] = await self._make(subgraph)
        return self._url(self.names[subgraph])

    async def close(self) -> None:
        for name in self.names.values():
            await self._run(f"DROP DATABASE {name} WITH (FORCE)")

    async def _make(self, subgraph: str) -> str:
        name = f"test_{subgraph}_{uuid.uuid4().hex}"
        await self._run(f"CREATE DATABASE {name}")
        database, declared = Database(self._url(name), SystemClock()), load(subgraph)
        await migrate(database, declared.migrations, [declared.metadata, KERNEL])
        await database.dispose()
        return name

    async def _run(self, statement: str, database: str | None = None) -> None:
        url = make_url(self.server) if database is None else make_url(self._url(database))
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(statement))
        await engine.dispose()

    def _url(self, name: str) -> str:
        url: URL = make_url(self.server).set(database=name)
        return url.render_as_string(hide_password=False)
