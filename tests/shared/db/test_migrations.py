"""Migrations: every subgraph's lead to what its models say, and running them twice changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, select

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database, find_drift, list_revisions, migrate
from entrepot.shared.db.kernel_revisions import (
    add_audit_log,
    add_published_state,
    add_queue_administration,
    add_snapshots,
    create_kernel_tables,
    index_undelivered_events,
)
from entrepot.shared.events import KERNEL
from entrepot.shared.events.tables import DEAD_LETTERS
from entrepot.subgraphs.registry import SUBGRAPHS, load


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/migrated.db", SystemClock())
    yield opened
    await opened.dispose()


def schema_of(database: Database) -> list[tuple[str, str]]:
    connection = sqlite3.connect(str(database.url.database))
    try:
        return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize("name", SUBGRAPHS)
async def test_lead_to_the_models_and_stay_there(database: Database, name: str) -> None:
    subgraph = load(name)
    metadata = [subgraph.metadata, KERNEL]
    await migrate(database, subgraph.migrations, metadata)
    assert await find_drift(database, metadata) == []
    before = schema_of(database)
    await migrate(database, subgraph.migrations, metadata)
    assert schema_of(database) == before


async def test_the_frozen_revisions_are_the_kernel(database: Database) -> None:
    def create(connection: Connection) -> None:
        with Operations.context(MigrationContext.configure(connection)):
            create_kernel_tables()
            add_queue_administration()
            index_undelivered_events()
            add_audit_log()
            add_published_state()
            add_snapshots()

    async with database.write_schema() as session:
        await (await session.connection()).run_sync(create)
    assert await find_drift(database, [KERNEL]) == []


async def test_dead_letters_get_the_stable_names_of_handlers(database: Database) -> None:
    subgraph = load("orders")
    metadata = [subgraph.metadata, KERNEL]
    revisions = list_revisions(subgraph.migrations)
    before = revisions[revisions.index("2026_11_30_0150_name_handlers") - 1]
    await migrate(database, subgraph.migrations, metadata, before)
    async with database.write() as session:
        facts = {"envelope": "{}", "reason": "down", "attempts": 8, "failed_at": SystemClock().now()}
        rows = [{"event_id": f"evt_{name}", "handler": name, **facts} for name in ("on_cart_changed", "(unreadable)")]
        await session.execute(DEAD_LETTERS.insert(), rows)
        await session.commit()
    await migrate(database, subgraph.migrations, metadata)
    async with database.read() as session:
        names = (await session.scalars(select(DEAD_LETTERS.c.handler).order_by(DEAD_LETTERS.c.event_id))).all()
    assert names == ["(unreadable)", "cart-changed"]


async def test_drift_is_found(database: Database) -> None:
    drift = await find_drift(database, [KERNEL])
    assert any("add_table" in change and "outbox" in change for change in drift)


async def test_a_failing_migration_leaves_nothing(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "100% broken"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text("from entrepot.shared.db import run_env\n\nrun_env()\n")
    (folder / "versions" / "one.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        "revision = 'one'\ndown_revision = None\n"
        "def upgrade():\n"
        "    op.create_table('half', sa.Column('id', sa.Integer, primary_key=True))\n"
        "    op.execute('INSERT INTO nowhere VALUES (1)')\n"
    )
    with pytest.raises(Exception, match="nowhere"):
        await migrate(database, folder, [KERNEL])
    assert schema_of(database) == []
