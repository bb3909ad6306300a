"""Name handlers in dead letters by their stable names."""

from __future__ import annotations

from entrepot.shared.db.kernel_revisions import rename_dead_letter_handlers

revision = "2026_11_30_0150_name_handlers"
down_revision = "2026_11_30_0040_keep_claims_and_quotes"
branch_labels = None
depends_on = None

_NAMES = {
    "on_variant_changed": "variant-changed",
    "on_user_signed_in": "user-signed-in",
    "on_order_placed": "order-placed",
    "on_order_confirmed": "order-confirmed",
    "on_order_cancelled": "order-cancelled",
}


def upgrade() -> None:
    rename_dead_letter_handlers(_NAMES)
