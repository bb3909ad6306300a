"""The schema of accounts."""

from __future__ import annotations

from shared.graphql import SubgraphSchema
from subgraphs.accounts.api.mutations import Mutation
from subgraphs.accounts.api.queries import Query

SCHEMA = SubgraphSchema(query=Query, mutation=Mutation, event_queue="accounts")
