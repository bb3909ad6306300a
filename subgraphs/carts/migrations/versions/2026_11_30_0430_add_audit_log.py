"""Add the audit log."""

from __future__ import annotations

from entrepot.shared.db.kernel_revisions import add_audit_log

revision = "2026_11_30_0430_add_audit_log"
down_revision = "2026_11_30_0150_name_handlers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_audit_log()
