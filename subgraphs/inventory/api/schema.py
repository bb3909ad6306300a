"""The schema of inventory."""

from __future__ import annotations

from entrepot.shared.graphql import SubgraphSchema
from entrepot.subgraphs.inventory.api.mutations import MUTATIONS
from entrepot.subgraphs.inventory.api.queries import Query
from entrepot.subgraphs.inventory.permissions import PERMISSIONS

SCHEMA = SubgraphSchema(query=Query, mutations=MUTATIONS, event_queue="inventory", permissions=PERMISSIONS)
