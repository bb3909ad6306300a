"""The schema of orders."""

from __future__ import annotations

from entrepot.shared.graphql import SubgraphSchema
from entrepot.subgraphs.orders.api.mutations import MUTATIONS
from entrepot.subgraphs.orders.api.queries import Query
from entrepot.subgraphs.orders.api.subscriptions import Subscription

SCHEMA = SubgraphSchema(query=Query, mutations=MUTATIONS, subscription=Subscription, event_queue="orders")
