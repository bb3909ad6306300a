"""The scopes of accounts, and the roles that have them."""

from __future__ import annotations

from typing import Final

from entrepot.shared.auth import Permissions

PERMISSIONS: Final = Permissions(
    scopes={
        "users:read": "See every user.",
        "users:write": "Change the roles of users.",
    },
    roles={
        "support": ("users:read",),
    },
)
