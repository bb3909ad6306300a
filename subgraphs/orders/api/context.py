"""The context of a request as the resolvers of orders see it."""

from __future__ import annotations

from strawberry.types import Info

from entrepot.shared.graphql import Context
from entrepot.subgraphs.orders.config import OrderDependencies

OrderContext = Context[OrderDependencies]
OrderInfo = Info[OrderContext, None]
