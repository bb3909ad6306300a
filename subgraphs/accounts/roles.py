"""The roles a user may have; what each permits is declared by the subgraphs."""

from __future__ import annotations

from enum import StrEnum


class UserRole(StrEnum):
    """A role of a user; it stands for a set of scopes."""

    CUSTOMER = "customer"
    """Places orders; every user who registers has it."""
    SUPPORT = "support"
    """Helps customers: reads users, carts, orders, payments and stock, and cancels orders."""
    MERCHANDISER = "merchandiser"
    """Manages catalog, stock and locations."""
    AUDITOR = "auditor"
    """Reads the audit logs, and changes nothing."""
    ADMIN = "admin"
    """Has every scope."""
