"""Administer the queues of events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from entrepot.shared.db.kernel_revisions import add_queue_administration

revision = "2026_11_21_0430_administer_queues"
down_revision = "2026_11_21_0030_create_the_kernel"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if not sa.inspect(op.get_bind()).has_table("queue_actions"):
        add_queue_administration()
