"""Remember what is kept for an order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_1310_remember_holdings"
down_revision = "2026_11_30_1300_number_after_placement"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of an order that was placed before, only inventory and payments know them.
    op.add_column("orders", sa.Column("reservation_ids", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("orders", sa.Column("payment_ids", sa.JSON(none_as_null=True), nullable=True))
