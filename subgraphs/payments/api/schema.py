"""The schema of payments."""

from __future__ import annotations

from entrepot.shared.graphql import SubgraphSchema
from entrepot.subgraphs.payments.api.mutations import MUTATIONS
from entrepot.subgraphs.payments.api.queries import Query
from entrepot.subgraphs.payments.api.types import Order
from entrepot.subgraphs.payments.permissions import PERMISSIONS

SCHEMA = SubgraphSchema(
    query=Query, mutations=MUTATIONS, types=[Order], event_queue="payments", permissions=PERMISSIONS
)
