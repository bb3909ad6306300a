"""Let an order have several reservations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_1310_reserve_by_reference"
down_revision = "2026_11_30_0150_name_handlers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("reservations") as batch_op:
        batch_op.drop_constraint("uq_reservations_order_id", type_="unique")
        batch_op.add_column(sa.Column("reference_type", sa.String(length=64), nullable=False, server_default="Order"))
        batch_op.create_index("ix_reservations_reference", ["order_id"])
