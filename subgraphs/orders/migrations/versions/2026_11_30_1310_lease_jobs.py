"""Lease jobs to one process, and let sagas be paused."""

from __future__ import annotations

from entrepot.shared.db.kernel_revisions import lease_jobs

revision = "2026_11_30_1310_lease_jobs"
down_revision = "2026_11_30_0430_add_audit_log"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lease_jobs()
