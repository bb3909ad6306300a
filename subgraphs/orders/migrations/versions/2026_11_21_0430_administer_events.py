"""Administer events."""

from __future__ import annotations

from entrepot.shared.db.kernel_revisions import add_queue_administration

revision = "2026_11_21_0430_administer_events"
down_revision = "2026_11_21_0047_create_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_queue_administration()
