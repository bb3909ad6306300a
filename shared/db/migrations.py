"""Alembic configured in code: one history a subgraph, run by the embedded mode at start and by `entrepot migrate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData

from shared.db.session import Database

_CONNECTION = "connection"
_METADATA = "metadata"


async def migrate(database: Database, folder: Path, metadata: Sequence[MetaData]) -> None:
    """Bring the database to the newest revision of the folder; does nothing when it is there."""
    async with database.write() as session:
        connection = await session.connection()
        await connection.run_sync(lambda sync: command.upgrade(_config(folder, metadata, sync), "head"))
        await session.commit()


async def find_drift(database: Database, metadata: Sequence[MetaData]) -> list[str]:
    """What the models say that the migrated database does not; empty when they agree."""
    async with database.read() as session:
        connection = await session.connection()
        return await connection.run_sync(lambda sync: [str(change) for change in _compare(sync, metadata)])


def write_revision(database_url: str, folder: Path, metadata: Sequence[MetaData], message: str, stamp: str) -> None:
    """Write a new revision from what the models say, to be read before it is kept."""
    from sqlalchemy import create_engine

    engine = create_engine(database_url)
    with engine.begin() as connection:
        config = _config(folder, metadata, connection)
        command.upgrade(config, "head")
        name = message.lower().replace(" ", "_")
        command.revision(config, message, autogenerate=True, rev_id=f"{stamp}_{name}")
    engine.dispose()


def run_env() -> None:
    """What every `migrations/env.py` calls."""
    attributes = context.config.attributes
    context.configure(
        connection=attributes[_CONNECTION],
        target_metadata=attributes[_METADATA],
        render_as_batch=True,
        compare_type=True,
    )
    context.run_migrations()


def _compare(connection: Connection, metadata: Sequence[MetaData]) -> list[object]:
    migration_context = MigrationContext.configure(connection, opts={"compare_type": True})
    merged = MetaData()
    for source in metadata:
        for table in source.tables.values():
            table.to_metadata(merged)
    return list(compare_metadata(migration_context, merged))


def _config(folder: Path, metadata: Sequence[MetaData], connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("file_template", "%%(rev)s")
    config.set_main_option("path_separator", "os")
    config.attributes[_CONNECTION] = connection
    config.attributes[_METADATA] = list(metadata)
    return config
