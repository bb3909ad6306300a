"""Name handlers in dead letters by their stable names."""

from __future__ import annotations

from entrepot.shared.db.kernel_revisions import rename_dead_letter_handlers

revision = "2026_11_30_0150_name_handlers"
down_revision = "2026_11_21_0052_create_inventory"
branch_labels = None
depends_on = None

_NAMES = {
    "on_variant_changed": "variant-changed",
    "on_reservation_requested": "reservation-requested",
    "on_reservation_commit_requested": "reservation-commit-requested",
    "on_reservation_release_requested": "reservation-release-requested",
}


def upgrade() -> None:
    rename_dead_letter_handlers(_NAMES)
