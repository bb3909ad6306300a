"""Remember what is kept for an order, and list the tasks of sagas."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from entrepot.shared.db.kernel_revisions import list_saga_tasks

revision = "2026_11_30_1310_remember_holdings"
down_revision = "2026_11_30_0430_add_audit_log"
branch_labels = None
depends_on = None


def upgrade() -> None:
    list_saga_tasks()
    # Of an order that was placed before, only inventory and payments know them.
    op.add_column("orders", sa.Column("reservation_ids", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("orders", sa.Column("payment_ids", sa.JSON(none_as_null=True), nullable=True))
