"""The schema of carts."""

from __future__ import annotations

from entrepot.shared.graphql import SubgraphSchema
from entrepot.subgraphs.carts.api.mutations import Mutation
from entrepot.subgraphs.carts.api.queries import Query
from entrepot.subgraphs.carts.api.sign_in import LoginPayload, RegisterPayload

SCHEMA = SubgraphSchema(query=Query, mutation=Mutation, types=(LoginPayload, RegisterPayload), event_queue="carts")
