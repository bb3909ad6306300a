"""Who sees which orders: customers theirs, staff all."""

from __future__ import annotations

from typing import Any, Final

from entrepot.shared.graphql import Context

READ: Final = "orders:read"
ADMINISTER: Final = "admin:outbox"


def sees_orders_of(context: Context[Any], customer_id: str) -> bool:
    return context.principal.user_id == customer_id or context.principal.has_scopes([[READ]])


def sees_order(context: Context[Any], order: Any) -> bool:
    return sees_orders_of(context, order.customer_id)
