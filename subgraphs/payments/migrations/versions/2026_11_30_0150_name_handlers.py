"""Name handlers in dead letters by their stable names."""

from __future__ import annotations

from entrepot.shared.db.kernel_revisions import rename_dead_letter_handlers

revision = "2026_11_30_0150_name_handlers"
down_revision = "2026_11_21_0727_keep_the_trace"
branch_labels = None
depends_on = None

_NAMES = {
    "on_authorization_requested": "authorization-requested",
    "on_authorization_void_requested": "authorization-void-requested",
}


def upgrade() -> None:
    rename_dead_letter_handlers(_NAMES)
