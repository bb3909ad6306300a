"""The schema of payments."""

from __future__ import annotations

from shared.graphql import SubgraphSchema
from subgraphs.payments.api.queries import Query
from subgraphs.payments.api.stubs import Order

SCHEMA = SubgraphSchema(query=Query, types=[Order], event_queue="payments")
