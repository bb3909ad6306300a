"""The schema of inventory."""

from __future__ import annotations

from shared.graphql import SubgraphSchema
from subgraphs.inventory.api.mutations import Mutation
from subgraphs.inventory.api.queries import Query

SCHEMA = SubgraphSchema(query=Query, mutation=Mutation, event_queue="inventory")
