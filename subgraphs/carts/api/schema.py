"""The schema of carts."""

from __future__ import annotations

from entrepot.shared.graphql import SubgraphSchema
from entrepot.subgraphs.carts.api.mutations import MUTATIONS
from entrepot.subgraphs.carts.api.queries import Query
from entrepot.subgraphs.carts.api.sign_in import LoginPayload, RegisterPayload
from entrepot.subgraphs.carts.permissions import PERMISSIONS

SCHEMA = SubgraphSchema(
    query=Query,
    mutations=MUTATIONS,
    types=(LoginPayload, RegisterPayload),
    event_queue="carts",
    permissions=PERMISSIONS,
)
