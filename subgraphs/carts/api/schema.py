"""The schema of carts."""

from __future__ import annotations

from entrepot.shared.graphql import SubgraphSchema
from entrepot.subgraphs.carts.api.mutations import Mutation
from entrepot.subgraphs.carts.api.queries import Query

SCHEMA = SubgraphSchema(query=Query, mutation=Mutation, event_queue="carts")
