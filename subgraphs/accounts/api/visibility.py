"""Who sees what of a user: everything of oneself, everything for `users:read`, the name for those who see orders."""

from __future__ import annotations

from typing import Any, Final

from entrepot.shared.errors import Forbidden
from entrepot.shared.graphql import Context

READ: Final = "users:read"
WRITE: Final = "users:write"
_READ_ORDERS: Final = "orders:read"


def sees_all(context: Context[Any], user_id: str) -> bool:
    """Whether the caller may read every field of the user."""
    return context.principal.user_id == user_id or context.principal.has_scopes([[READ]])


def sees_user(context: Context[Any], user: Any) -> bool:
    """Whether the caller may know who the user is: themself, and staff who see the orders the name stands on."""
    return sees_all(context, user.id) or context.principal.has_scopes([[_READ_ORDERS]])


def check_sees_all(context: Context[Any], user_id: str) -> None:
    """Raises Forbidden unless the caller may read every field of the user."""
    if not sees_all(context, user_id):
        raise Forbidden(f"Only the user themself and callers with the scope {READ} see this.")
