"""Keep the newest state of each aggregate in a table of its own."""

from __future__ import annotations

from entrepot.shared.db.kernel_revisions import add_published_state

revision = "2026_11_30_1300_keep_published_state"
down_revision = "2026_11_30_0430_add_audit_log"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_published_state()
