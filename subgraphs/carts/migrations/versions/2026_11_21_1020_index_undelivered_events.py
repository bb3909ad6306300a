"""Index undelivered events."""

from __future__ import annotations

from entrepot.shared.db.kernel_revisions import index_undelivered_events

revision = "2026_11_21_1020_index_undelivered_events"
down_revision = "2026_11_21_0430_administer_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    index_undelivered_events()
