"""Who sees which payments: customers theirs, staff all."""

from __future__ import annotations

from typing import Any, Final

from entrepot.shared.graphql import Context
from entrepot.subgraphs.payments.models import Payment

READ: Final = "payments:read"
READ_ORDERS: Final = "orders:read"


def visible(context: Context[Any], payment: Payment | None) -> Payment | None:
    """The payment for those who may see it; for others, and of one that was cancelled before it was requested, null."""
    if payment is None or payment.amount is None:
        return None
    return payment if _is_own(context, payment) or context.principal.has_scopes([[READ]]) else None


def counts_for(context: Context[Any], payment: Payment | None) -> bool:
    """Whether the caller may know how much of the order is paid: callers that see the order or the payment."""
    if payment is None:
        return False
    return _is_own(context, payment) or context.principal.has_scopes([[READ], [READ_ORDERS]])


def _is_own(context: Context[Any], payment: Payment) -> bool:
    return payment.customer_id is not None and context.principal.user_id == payment.customer_id
