"""Keep who claimed a guest's cart, and what each line was published with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from entrepot.shared.db.types import UtcDateTime

revision = "2026_11_30_0040_keep_claims_and_quotes"
down_revision = "2026_11_21_0055_create_carts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("carts", sa.Column("claimed_token_hash", sa.String(length=64), nullable=True))
    op.add_column("carts", sa.Column("claimed_at", UtcDateTime(timezone=True), nullable=True))
    op.add_column("cart_lines", sa.Column("quoted", sa.JSON(none_as_null=True), nullable=True))
