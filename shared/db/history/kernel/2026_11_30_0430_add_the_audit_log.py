"""Add the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from entrepot.shared.db.kernel_revisions import add_audit_log

revision = "2026_11_30_0430_add_the_audit_log"
down_revision = "2026_11_21_1020_index_undelivered"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if not sa.inspect(op.get_bind()).has_table("audit_log"):
        add_audit_log()
