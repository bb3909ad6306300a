"""The schema of the catalog."""

from __future__ import annotations

from shared.graphql import SubgraphSchema
from subgraphs.catalog.api.mutations import Mutation
from subgraphs.catalog.api.queries import Query

SCHEMA = SubgraphSchema(query=Query, mutation=Mutation, event_queue="catalog")
