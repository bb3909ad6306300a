"""The source of a new migration, made from what the models say that the migrated database does not."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import Final

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData

from entrepot.shared.db.migrations import History

_REVISION: Final = '''"""{message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from entrepot.shared.db.types import UtcDateTime

revision = "{revision}"
down_revision = {head!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
{body}
'''


def render_revision(connection: Connection, history: History, metadata: MetaData, revision: str, message: str) -> str:
    """The source of a new revision of the history, for the tables of `metadata` alone.

    To be read, and corrected, before it is kept.
    """
    known = history.list_revisions()
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
    body = "\n".join(line for line in lines if not line.strip().startswith("#")).strip()
    return _REVISION.format(
        message=message,
        revision=revision,
        head=known[-1] if known else None,
        body=indent(body, "    "),
    )
