"""The schema of accounts."""

from __future__ import annotations

from entrepot.shared.graphql import SubgraphSchema
from entrepot.subgraphs.accounts.api.mutations import MUTATIONS
from entrepot.subgraphs.accounts.api.queries import Query
from entrepot.subgraphs.accounts.permissions import PERMISSIONS

SCHEMA = SubgraphSchema(query=Query, mutations=MUTATIONS, event_queue="accounts", permissions=PERMISSIONS)
