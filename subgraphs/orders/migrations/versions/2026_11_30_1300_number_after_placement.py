"""Orders get their numbers after they are placed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from entrepot.shared.db import UtcDateTime

revision = "2026_11_30_1300_number_after_placement"
down_revision = "2026_11_30_0150_name_handlers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.alter_column("number", existing_type=sa.String(length=32), nullable=True)
        batch_op.add_column(sa.Column("numbered_at", UtcDateTime(), nullable=True))
    is_unnumbered = sa.text("number IS NULL")
    op.create_index(
        "ix_orders_unnumbered", "orders", ["id"], sqlite_where=is_unnumbered, postgresql_where=is_unnumbered
    )
