"""Index undelivered events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from entrepot.shared.db.kernel_revisions import index_undelivered_events

revision = "2026_11_21_1020_index_undelivered"
down_revision = "2026_11_21_0430_administer_queues"
branch_labels = None
depends_on = None


def upgrade() -> None:
    indexes = sa.inspect(op.get_bind()).get_indexes("outbox")
    if "ix_outbox_undelivered" not in {index["name"] for index in indexes}:
        index_undelivered_events()
