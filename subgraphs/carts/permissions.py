"""The scopes of carts, and the roles that have them."""

from __future__ import annotations

from typing import Final

from entrepot.shared.auth import Permissions

PERMISSIONS: Final = Permissions(
    scopes={
        "carts:read": "See every cart.",
    },
    roles={
        "support": ("carts:read",),
    },
)
