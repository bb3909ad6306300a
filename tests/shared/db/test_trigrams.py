"""Indexes for words within a text: made where the database can, and missed where it cannot."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text
from structlog.testing import capture_logs

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database
from entrepot.shared.db.trigrams import create_trigram_index
from tests.shared.conftest import empty_postgres

INDEXES = text("SELECT indexdef FROM pg_indexes WHERE indexname = 'trgm_books_title'")
PLAN = text("EXPLAIN SELECT * FROM books WHERE title LIKE '%' || 'whale' || '%'")


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    async with empty_postgres() as url:
        database = Database(url, SystemClock())
        async with database.write() as session:
            await session.execute(text("CREATE TABLE books (title text NOT NULL)"))
            await session.execute(text("INSERT INTO books SELECT 'Volume ' || n FROM generate_series(1, 20000) AS n"))
            await session.commit()
        yield database
        await database.dispose()


def index_titles(connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        create_trigram_index("books", "title")


async def test_words_are_found_by_it(database: Database) -> None:
    async with database.write() as session:
        await (await session.connection()).run_sync(index_titles)
        await session.execute(text("ANALYZE books"))
        plan = "\n".join((await session.scalars(PLAN)).all())
    assert "trgm_books_title" in plan


@pytest.mark.parametrize("is_there", [False, True])
async def test_who_may_not_is_told_what_to_do(database: Database, is_there: bool) -> None:  # noqa: FBT001 - a case
    async with database.write() as session:
        if is_there:
            await session.execute(text("CREATE EXTENSION pg_trgm"))
        # In a transaction that is not committed, so that no role is left behind.
        for statement in (
            "CREATE ROLE someone",
            "GRANT CREATE ON SCHEMA public TO someone",
            "ALTER TABLE books OWNER TO someone",
            "SET ROLE someone",
        ):
            await session.execute(text(statement))
        with capture_logs() as logs:
            await (await session.connection()).run_sync(index_titles)
        indexes = (await session.scalars(INDEXES)).all()
    assert bool(indexes) is is_there
    assert [log["event"] for log in logs] == ([] if is_there else ["search.unindexed"])
    if not is_there:
        assert "CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX" in logs[0]["remedy"]
