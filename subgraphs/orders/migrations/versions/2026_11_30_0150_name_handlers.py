"""Name handlers in dead letters by their stable names."""

from __future__ import annotations

from entrepot.shared.db.kernel_revisions import rename_dead_letter_handlers

revision = "2026_11_30_0150_name_handlers"
down_revision = "2026_11_21_0047_create_orders"
branch_labels = None
depends_on = None

_NAMES = {
    "on_cart_changed": "cart-changed",
    "on_placement_reply": "placement-reply",
}


def upgrade() -> None:
    rename_dead_letter_handlers(_NAMES)
