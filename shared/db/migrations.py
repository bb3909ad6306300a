"""Alembic configured in code: one history a subgraph, run by the embedded mode at start and by `entrepot migrate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent, indent

from alembic import command, context
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, String, Table

from entrepot.shared.db.session import Database
from entrepot.shared.db.trigrams import PREFIX

_REVISION = '''"""{message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

{imports}

revision = "{revision}"
down_revision = {head!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
{body}
'''
_VERSIONS = Table("alembic_version", MetaData(), Column("version_num", String(255), primary_key=True))
_CONNECTION = "connection"
_METADATA = "metadata"


async def migrate(database: Database, folder: Path, metadata: Sequence[MetaData], revision: str = "head") -> None:
    """Bring the database up to that revision of the folder, the newest one; does nothing when it is there.

    One process at a time does so, and nothing is changed when a revision fails.
    """
    async with database.write_schema() as session:
        connection = await session.connection()
        await connection.run_sync(lambda sync: _upgrade(sync, _config(folder, metadata, sync), revision))


def list_revisions(folder: Path) -> tuple[str, ...]:
    """The revisions of the folder, the oldest first."""
    return tuple(script.revision for script in ScriptDirectory(str(folder)).walk_revisions())[::-1]


async def find_drift(database: Database, metadata: Sequence[MetaData]) -> list[str]:
    """What the models say that the migrated database does not; empty when they agree."""
    async with database.read() as session:
        connection = await session.connection()
        return await connection.run_sync(lambda sync: [str(change) for change in _compare(sync, metadata)])


def render_revision(connection: Connection, folder: Path, metadata: MetaData, revision: str, message: str) -> str:
    """The source of a new revision: what `metadata` says that the migrated database behind the connection does not.

    Tables of others in the same database are left alone. To be read, and corrected, before it is kept.
    """
    head = ScriptDirectory.from_config(_config(folder, [metadata], connection)).get_current_head()
    own = frozenset(metadata.tables)
    migration_context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "render_as_batch": True,
            "include_name": lambda name, kind, _: kind != "table" or name in own,
        },
    )
    script = produce_migrations(migration_context, metadata)
    assert script.upgrade_ops is not None
    source = render_python_code(script.upgrade_ops, render_as_batch=True, user_module_prefix="")
    lines = dedent(f"    {source}").splitlines()
    body = [line for line in lines if not line.strip().startswith("#")]
    imports = ["from entrepot.shared.db.types import UtcDateTime"]
    if head is None:
        imports.insert(0, "from entrepot.shared.db.kernel_revisions import create_kernel_tables")
        body.insert(0, "create_kernel_tables()")
    return _REVISION.format(
        message=message,
        revision=revision,
        head=head,
        imports="\n".join(imports),
        body=indent("\n".join(body).strip(), "    "),
    )


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


def _upgrade(connection: Connection, config: Config, revision: str) -> None:
    # Alembic's own table has room for 32 characters, and PostgreSQL holds it to that.
    _VERSIONS.create(connection, checkfirst=True)
    command.upgrade(config, revision)


def _compare(connection: Connection, metadata: Sequence[MetaData]) -> list[object]:
    opts = {"compare_type": True, "include_name": _is_compared}
    migration_context = MigrationContext.configure(connection, opts=opts)
    merged = MetaData()
    for source in metadata:
        for table in source.tables.values():
            table.to_metadata(merged)
    return list(compare_metadata(migration_context, merged))


def _is_compared(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "index" or not (name or "").startswith(PREFIX)


def _config(folder: Path, metadata: Sequence[MetaData], connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s")
    config.set_main_option("path_separator", "os")
    config.attributes[_CONNECTION] = connection
    config.attributes[_METADATA] = list(metadata)
    return config
