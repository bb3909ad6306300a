"""The scopes of orders, and the roles that have them."""

from __future__ import annotations

from typing import Final

from entrepot.shared.auth import Permissions

PERMISSIONS: Final = Permissions(
    scopes={
        "orders:cancel": "Cancel every order.",
        "orders:create": "Place orders.",
        "orders:read": "See every order.",
    },
    roles={
        "customer": ("orders:create",),
        "support": ("orders:read", "orders:cancel"),
    },
)
