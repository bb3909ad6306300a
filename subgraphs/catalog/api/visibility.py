"""Who sees what: drafts and archived products are for staff."""

from __future__ import annotations

from typing import Any, Final

from entrepot.shared.graphql import Context

WRITE: Final = "catalog:write"


def sees_drafts(context: Context[Any]) -> bool:
    return context.principal.has_scopes([[WRITE]])
