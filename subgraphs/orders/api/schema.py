"""The schema of orders."""

from __future__ import annotations

from entrepot.shared.graphql import SubgraphSchema
from entrepot.subgraphs.orders.api.mutations import MUTATIONS
from entrepot.subgraphs.orders.api.queries import Query
from entrepot.subgraphs.orders.api.subscriptions import Subscription
from entrepot.subgraphs.orders.permissions import PERMISSIONS

SCHEMA = SubgraphSchema(
    query=Query, mutations=MUTATIONS, subscription=Subscription, event_queue="orders", permissions=PERMISSIONS
)
