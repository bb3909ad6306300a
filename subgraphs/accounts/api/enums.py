"""Enums of the domain as the graph shows them; declared once, before any type that uses them."""

from __future__ import annotations

import strawberry

from entrepot.subgraphs.accounts.roles import UserRole
from entrepot.subgraphs.accounts.states import RevocationReason, SessionStatus

__all__ = ["RevocationReason", "SessionStatus", "UserRole"]

strawberry.enum(UserRole, description="What somebody is to the shop.")
strawberry.enum(SessionStatus, name="UserSessionStatus", description="Whether a session can still be refreshed.")
strawberry.enum(
    RevocationReason, name="UserSessionRevocationReason", description="Why a session was ended before its time."
)
