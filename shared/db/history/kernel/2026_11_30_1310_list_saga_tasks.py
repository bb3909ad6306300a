"""List what each saga waits for, item by item."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_1310_list_saga_tasks"
down_revision = "2026_11_30_0430_add_the_audit_log"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sagas") as batch_op:
        batch_op.add_column(sa.Column("tasks", sa.JSON(), nullable=False, server_default="[]"))
    # Those that wait for people have no deadline: they are found by their status.
    is_unended = sa.text("status IN ('RUNNING', 'COMPENSATING')")
    op.create_index(
        "ix_sagas_unended",
        "sagas",
        ["name", "status", "created_at"],
        sqlite_where=is_unended,
        postgresql_where=is_unended,
    )
