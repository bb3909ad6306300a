"""Find carts that ended by an index."""

from __future__ import annotations

from alembic import op

revision = "2026_11_30_1310_prune_carts"
down_revision = "2026_11_30_0150_name_handlers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_carts_ended", "carts", ["status", "updated_at"])
    op.create_index(op.f("ix_conversions_noted_at"), "conversions", ["noted_at"])
