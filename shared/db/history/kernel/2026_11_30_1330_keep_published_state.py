"""Keep the newest state of each aggregate in a table of its own."""

from __future__ import annotations

from entrepot.shared.db.kernel_revisions import add_published_state

revision = "2026_11_30_1330_keep_published_state"
down_revision = "2026_11_30_1320_lease_jobs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_published_state()
