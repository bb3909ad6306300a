"""Queries of payments: for the customer who pays, and staff."""

from __future__ import annotations

from typing import Annotated

import strawberry

from entrepot.shared.graphql import to_graphql
from entrepot.subgraphs.payments.api.context import PaymentsInfo
from entrepot.subgraphs.payments.api.loaders import PaymentByIdLoader
from entrepot.subgraphs.payments.api.types import Payment
from entrepot.subgraphs.payments.api.visibility import visible


@strawberry.type
class Query:
    @strawberry.federation.field(authenticated=True)
    async def payment(
        self, info: PaymentsInfo, id: Annotated[strawberry.ID, strawberry.argument(description="`Payment.id`.")]
    ) -> Payment | None:
        """A payment by id: the caller's own, or any with the scope payments:read; null otherwise."""
        row = await info.context.loader(PaymentByIdLoader).load(id)
        return to_graphql(visible(info.context, row), Payment.from_model)
