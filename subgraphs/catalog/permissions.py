"""The scopes of the catalog, and the roles that have them."""

from __future__ import annotations

from typing import Final

from entrepot.shared.auth import Permissions

PERMISSIONS: Final = Permissions(
    scopes={
        "catalog:write": "Change the catalog and see drafts.",
    },
    roles={
        "merchandiser": ("catalog:write",),
    },
)
