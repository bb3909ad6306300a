"""The schema of the catalog."""

from __future__ import annotations

from entrepot.shared.graphql import SubgraphSchema
from entrepot.subgraphs.catalog.api.mutations import MUTATIONS
from entrepot.subgraphs.catalog.api.queries import Query
from entrepot.subgraphs.catalog.permissions import PERMISSIONS

SCHEMA = SubgraphSchema(query=Query, mutations=MUTATIONS, event_queue="catalog", permissions=PERMISSIONS)
