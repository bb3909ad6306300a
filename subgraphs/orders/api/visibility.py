"""Who sees which orders: customers theirs, staff all."""

from __future__ import annotations

from typing import Any, Final

from entrepot.shared.graphql import Context
from entrepot.subgraphs.orders.models import Order

READ: Final = "orders:read"
ADMINISTER: Final = "admin:outbox"


def sees_orders_of(context: Context[Any], customer_id: str) -> bool:
    return context.principal.user_id == customer_id or context.principal.has_scopes([[READ]])


def visible(context: Context[Any], order: Order | None) -> Order | None:
    """The order for those who may see it; for others there is none."""
    return order if order is not None and sees_orders_of(context, order.customer_id) else None
