"""The scopes of inventory, and the roles that have them."""

from __future__ import annotations

from typing import Final

from entrepot.shared.auth import Permissions

PERMISSIONS: Final = Permissions(
    scopes={
        "inventory:adjust": "Change stock and locations.",
        "inventory:read": "See stock by location.",
    },
    roles={
        "support": ("inventory:read",),
        "merchandiser": ("inventory:adjust", "inventory:read"),
    },
)
