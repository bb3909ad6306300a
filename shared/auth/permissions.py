"""The scopes there are and the roles that are made of them, as data.

A customer's own things need a login and no scope; a scope opens what belongs to everybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

SCOPES: Final = {
    "admin:outbox": "See and repeat what could not be delivered between domains.",
    "audit:read": "See who changed what, with the personal data in it that is not erased.",
    "carts:read": "See every cart.",
    "catalog:write": "Change the catalog and see drafts.",
    "inventory:adjust": "Change stock and locations.",
    "inventory:read": "See stock by location.",
    "orders:cancel": "Cancel every order.",
    "orders:create": "Place orders.",
    "orders:read": "See every order.",
    "payments:read": "See every payment.",
    "users:read": "See every user.",
    "users:write": "Change the roles of users.",
}
"""Scope -> what it permits."""

ROLES: Final = {
    "customer": ("orders:create",),
    "support": ("users:read", "carts:read", "orders:read", "orders:cancel", "payments:read", "inventory:read"),
    "merchandiser": ("catalog:write", "inventory:*"),
    "auditor": ("audit:read",),
    "admin": ("*:*",),
}
"""Role -> scopes; `*` stands for every domain or every action."""


def expand_roles(roles: Iterable[str]) -> frozenset[str]:
    """The concrete scopes of the roles: a token carries no wildcard, because routers compare scopes as text."""
    patterns = [pattern.partition(":") for role in roles for pattern in ROLES.get(role, ())]
    return frozenset(
        scope
        for scope in SCOPES
        for domain, _, action in patterns
        if domain in ("*", scope.partition(":")[0]) and action in ("*", scope.partition(":")[2])
    )
