"""Keep the trace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_0727_keep_the_trace"
down_revision = "2026_11_21_0103_create_payments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("traceparent", sa.String(length=64), nullable=True))
