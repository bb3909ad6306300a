"""List the tasks of sagas."""

from __future__ import annotations

from entrepot.shared.db.kernel_revisions import list_saga_tasks

revision = "2026_11_30_1310_list_saga_tasks"
down_revision = "2026_11_30_0430_add_audit_log"
branch_labels = None
depends_on = None


def upgrade() -> None:
    list_saga_tasks()
