"""Who sees which cart: its customer, callers with a guest's secret, and staff."""

from __future__ import annotations

from typing import Any, Final

from entrepot.shared.graphql import Context
from entrepot.subgraphs.carts.access import Access

READ: Final = "carts:read"


def read_access(context: Context[Any], guest_token: str | None = None) -> Access:
    """What the caller of this request can show."""
    return Access(context.principal.user_id, guest_token, reads_all=context.principal.has_scopes([[READ]]))
