"""Add requests for snapshots, and rebuilds of read models."""

from __future__ import annotations

from entrepot.shared.db.kernel_revisions import add_snapshots

revision = "2026_11_30_1340_add_snapshots"
down_revision = "2026_11_30_1330_keep_published_state"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_snapshots()
