"""Let an order have several payments, and add payment methods."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from entrepot.shared.db.types import UtcDateTime

revision = "2026_11_30_1310_pay_by_reference"
down_revision = "2026_11_30_0150_name_handlers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_methods",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("customer_id", sa.String(length=48), nullable=False),
        sa.Column("token", sa.String(length=255), nullable=True),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_methods")),
    )
    op.create_index(op.f("ix_payment_methods_customer_id"), "payment_methods", ["customer_id"])
    op.create_index(op.f("ix_payment_methods_expires_at"), "payment_methods", ["expires_at"])
    with op.batch_alter_table("payments") as batch_op:
        batch_op.drop_constraint("uq_payments_order_id", type_="unique")
        batch_op.add_column(sa.Column("reference_type", sa.String(length=64), nullable=False, server_default="Order"))
        batch_op.add_column(sa.Column("cause", sa.JSON(none_as_null=True), nullable=True))
        batch_op.create_index("ix_payments_reference", ["order_id"])
