"""Queries of payments: for the customer who pays, and staff."""

from __future__ import annotations

import strawberry

from entrepot.shared.graphql import lookup
from entrepot.subgraphs.payments.api.types import Payment


@strawberry.type
class Query:
    payment: Payment | None = lookup(authenticated=True)
    """A payment by id: the caller's own, or any with the scope payments:read; null otherwise."""
