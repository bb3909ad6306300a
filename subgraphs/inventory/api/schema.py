"""The schema of inventory."""

from __future__ import annotations

from entrepot.shared.graphql import SubgraphSchema
from entrepot.subgraphs.inventory.api.mutations import Mutation
from entrepot.subgraphs.inventory.api.queries import Query

SCHEMA = SubgraphSchema(query=Query, mutation=Mutation, event_queue="inventory")
