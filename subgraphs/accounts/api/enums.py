"""Enums of the domain as the graph shows them; declared once, before any type that uses them."""

from __future__ import annotations

import strawberry

from entrepot.subgraphs.accounts.roles import UserRole
from entrepot.subgraphs.accounts.states import RevocationReason, SessionStatus

__all__ = ["RevocationReason", "SessionStatus", "UserRole"]

strawberry.enum(UserRole)
strawberry.enum(SessionStatus, name="UserSessionStatus")
strawberry.enum(RevocationReason, name="UserSessionRevocationReason")
