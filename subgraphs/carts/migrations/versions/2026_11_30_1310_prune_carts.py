"""Find carts that ended by an index, and announce lines that keep nothing of their announcement once more."""

from __future__ import annotations

from alembic import op

revision = "2026_11_30_1310_prune_carts"
down_revision = "2026_11_30_0430_add_audit_log"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_carts_ended", "carts", ["status", "updated_at"])
    op.create_index(op.f("ix_conversions_noted_at"), "conversions", ["noted_at"])
    op.execute("UPDATE cart_lines SET announced_revision = 0 WHERE quoted IS NULL AND announced_revision IS NOT NULL")
    op.execute(
        "INSERT INTO repricings (variant_id, revision) SELECT variants.id, variants.revision FROM variants "
        "WHERE revision > 0 AND EXISTS (SELECT 1 FROM cart_lines WHERE cart_lines.variant_id = variants.id "
        "AND cart_lines.quoted IS NULL AND cart_lines.announced_revision = 0) ON CONFLICT DO NOTHING"
    )
