"""Alembic configured in code: the kernel's history and one per subgraph, run at start and by `entrepot migrate`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, String, Table, delete, select, update

from entrepot.shared.db.session import Database
from entrepot.shared.db.trigrams import PREFIX

_ENV: Final = Path(__file__).parent / "history"
_VERSIONS: Final = "versions"


@dataclass(frozen=True, slots=True)
class History:
    """The revisions of some tables: the folder of their files, and the table that holds the current one."""

    folder: Path
    version_table: str

    @classmethod
    def of(cls, migrations: Path) -> History:
        """The history of a subgraph, whose revisions are in `versions` below the folder."""
        return cls(migrations / _VERSIONS, "alembic_version")

    def list_revisions(self) -> tuple[str, ...]:
        """The revisions, the oldest first."""
        scripts = ScriptDirectory(str(_ENV), version_locations=[str(self.folder)])
        return tuple(script.revision for script in scripts.walk_revisions())[::-1]


KERNEL_HISTORY: Final = History(_ENV / "kernel", "kernel_version")
"""The history of the tables that every subgraph's database has beside its own."""

VERSION_TABLES: Final = frozenset({"alembic_version", KERNEL_HISTORY.version_table})

_MOVED: Final = frozenset(
    {
        "2026_11_21_0430_administer_events",
        "2026_11_21_1020_index_undelivered_events",
        "2026_11_30_0430_add_audit_log",
    }
)
"""Revisions that each subgraph had for the kernel's tables before these had a history of their own."""


async def migrate(
    database: Database,
    folder: Path,
    metadata: Sequence[MetaData],
    revision: str = "head",
    *,
    kernel_revision: str = "head",
) -> None:
    """Bring the kernel's tables to their newest revision, then those of the folder; does nothing when they are there.

    One process at a time does so, and nothing is changed when a revision fails.
    """
    async with database.write_schema() as session:
        connection = await session.connection()
        for history, target in ((KERNEL_HISTORY, kernel_revision), (History.of(folder), revision)):
            await connection.run_sync(_upgrade, history, metadata, target)


def list_revisions(folder: Path) -> tuple[str, ...]:
    """The revisions of a subgraph's migrations, the oldest first."""
    return History.of(folder).list_revisions()


def succeed(revision: str | None, known: Sequence[str]) -> str | None:
    """The revision that a database is at: where its revision moved to the kernel's history, the known one before it.

    Revisions begin with their date.
    """
    if revision is None or revision in known or revision not in _MOVED:
        return revision
    return max((each for each in known if each < revision), default=None)


async def find_drift(database: Database, metadata: Sequence[MetaData]) -> list[str]:
    """What the models say that the migrated database does not; empty when they agree."""
    async with database.read() as session:
        connection = await session.connection()
        return await connection.run_sync(lambda sync: [str(change) for change in _compare(sync, metadata)])


def run_env() -> None:
    """What `history/env.py` calls for every history."""
    context.configure(**context.config.attributes)
    context.run_migrations()


def _upgrade(connection: Connection, history: History, metadata: Sequence[MetaData], revision: str) -> None:
    # Alembic's own table has room for 32 characters, and PostgreSQL holds it to that.
    version = Column("version_num", String(255), primary_key=True)
    versions = Table(history.version_table, MetaData(), version)
    versions.create(connection, checkfirst=True)
    found = connection.scalar(select(version))
    current = succeed(found, history.list_revisions())
    if current != found:
        connection.execute(delete(versions) if current is None else update(versions).values(version_num=current))
    config = Config()
    config.set_main_option("script_location", _escape(_ENV))
    config.set_main_option("version_locations", _escape(history.folder))
    config.set_main_option("path_separator", "newline")
    config.attributes.update(
        connection=connection,
        target_metadata=list(metadata),
        version_table=history.version_table,
        render_as_batch=True,
        compare_type=True,
    )
    command.upgrade(config, revision)


def _escape(path: Path) -> str:
    return str(path).replace("%", "%%")


def _compare(connection: Connection, metadata: Sequence[MetaData]) -> list[object]:
    opts = {"compare_type": True, "include_name": _is_compared}
    migration_context = MigrationContext.configure(connection, opts=opts)
    merged = MetaData()
    for source in metadata:
        for table in source.tables.values():
            table.to_metadata(merged)
    return list(compare_metadata(migration_context, merged))


def _is_compared(name: str | None, kind: str, _parents: object) -> bool:
    if kind == "table":
        return name not in VERSION_TABLES
    return kind != "index" or not (name or "").startswith(PREFIX)
