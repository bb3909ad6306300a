"""The roles a user may have; what each permits is in `entrepot.shared.auth.ROLES`."""

from __future__ import annotations

from enum import StrEnum


class UserRole(StrEnum):
    """What somebody is to the shop."""

    CUSTOMER = "customer"  # buys; everybody who registers
    SUPPORT = "support"  # helps customers with their orders
    MERCHANDISER = "merchandiser"  # keeps catalog and stock
    ADMIN = "admin"  # may do everything
