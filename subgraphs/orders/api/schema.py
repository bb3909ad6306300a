"""The schema of orders."""

from __future__ import annotations

from shared.graphql import SubgraphSchema
from subgraphs.orders.api.mutations import Mutation
from subgraphs.orders.api.queries import Query
from subgraphs.orders.api.subscriptions import Subscription

SCHEMA = SubgraphSchema(query=Query, mutation=Mutation, subscription=Subscription, event_queue="orders")
