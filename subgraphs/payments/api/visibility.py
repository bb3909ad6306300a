"""Who sees which payments: customers theirs, staff all."""

from __future__ import annotations

from typing import Any, Final

from entrepot.shared.graphql import Context

READ: Final = "payments:read"
READ_ORDERS: Final = "orders:read"


def sees_payment(context: Context[Any], payment: Any) -> bool:
    """Nobody sees one that was cancelled before it was requested."""
    if payment.minor_units is None:
        return False
    return _is_own(context, payment) or context.principal.has_scopes([[READ]])


def counts_for(context: Context[Any], payment: Any) -> bool:
    """Whether the caller may know how much of the order is paid: callers that see the order or the payment."""
    return _is_own(context, payment) or context.principal.has_scopes([[READ], [READ_ORDERS]])


def _is_own(context: Context[Any], payment: Any) -> bool:
    return payment.customer_id is not None and bool(context.principal.user_id == payment.customer_id)
