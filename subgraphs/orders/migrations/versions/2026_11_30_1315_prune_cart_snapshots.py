"""Keep when a cart's last change arrived, so that carts that ended can be pruned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from entrepot.shared.db.types import UtcDateTime

revision = "2026_11_30_1315_prune_cart_snapshots"
down_revision = "2026_11_30_1310_remember_holdings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cart_snapshots", sa.Column("changed_at", UtcDateTime(timezone=True), nullable=True))
    op.create_index("ix_cart_snapshots_ended", "cart_snapshots", ["status", "changed_at"])
