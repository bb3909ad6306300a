"""Create carts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from entrepot.shared.db.types import UtcDateTime

revision = "2026_11_21_0055_create_carts"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "carts",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("owner_id", sa.String(length=48), nullable=True),
        sa.Column("guest_token_hash", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.String(length=48), nullable=True),
        sa.Column("merged_into_id", sa.String(length=48), nullable=True),
        sa.Column("last_used_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(owner_id IS NULL) <> (guest_token_hash IS NULL)", name=op.f("ck_carts_one_owner")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["carts.id"], name=op.f("fk_carts_merged_into_id_carts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carts")),
    )
    with op.batch_alter_table("carts", schema=None) as batch_op:
        batch_op.create_index("ix_carts_last_used", ["status", "last_used_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_carts_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_index("ix_carts_owner", ["owner_id", "status", "id"], unique=False)

    op.create_table(
        "conversions",
        sa.Column("order_id", sa.String(length=48), nullable=False),
        sa.Column("cart_id", sa.String(length=48), nullable=False),
        sa.Column("noted_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_conversions")),
    )
    op.create_table(
        "repricings",
        sa.Column("variant_id", sa.String(length=48), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_repricings")),
    )
    op.create_table(
        "variants",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("seller_id", sa.String(length=48), nullable=False),
        sa.Column("sku", sa.String(length=255), nullable=False),
        sa.Column("product_name", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("is_sellable", sa.Boolean(), nullable=False),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variants")),
    )
    op.create_table(
        "cart_lines",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("cart_id", sa.String(length=48), nullable=False),
        sa.Column("variant_id", sa.String(length=48), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("announced_revision", sa.BigInteger(), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_cart_lines_quantity_positive")),
        sa.ForeignKeyConstraint(["cart_id"], ["carts.id"], name=op.f("fk_cart_lines_cart_id_carts")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_cart_lines_variant_id_variants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_lines")),
        sa.UniqueConstraint("cart_id", "variant_id", name=op.f("uq_cart_lines_cart_id")),
    )
    with op.batch_alter_table("cart_lines", schema=None) as batch_op:
        batch_op.create_index("ix_cart_lines_announced", ["variant_id", "announced_revision", "cart_id"], unique=False)
