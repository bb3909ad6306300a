"""The schema of carts."""

from __future__ import annotations

from shared.graphql import SubgraphSchema
from subgraphs.carts.api.mutations import Mutation
from subgraphs.carts.api.queries import Query

SCHEMA = SubgraphSchema(query=Query, mutation=Mutation, event_queue="carts")
