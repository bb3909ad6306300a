"""Create the kernel; databases of the time when each subgraph created it have it already, and so in what follows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from entrepot.shared.db.kernel_revisions import create_kernel_tables

revision = "2026_11_21_0030_create_the_kernel"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if not sa.inspect(op.get_bind()).has_table("outbox"):
        create_kernel_tables()
