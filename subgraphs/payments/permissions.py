"""The scopes of payments, and the roles that have them."""

from __future__ import annotations

from typing import Final

from entrepot.shared.auth import Permissions

PERMISSIONS: Final = Permissions(
    scopes={
        "payments:read": "See every payment.",
    },
    roles={
        "support": ("payments:read",),
    },
)
