"""Queries of payments: for the customer who pays, and staff."""

from __future__ import annotations

import strawberry

from entrepot.shared.graphql import present
from entrepot.subgraphs.payments.api.loaders import PaymentByIdLoader
from entrepot.subgraphs.payments.api.stubs import PaymentsInfo
from entrepot.subgraphs.payments.api.types import Payment
from entrepot.subgraphs.payments.api.visibility import visible


@strawberry.type
class Query:
    @strawberry.federation.field(authenticated=True, description="A payment by its id.")
    async def payment(self, info: PaymentsInfo, id: strawberry.ID) -> Payment | None:
        row = await info.context.loader(PaymentByIdLoader).load(id)
        return present(visible(info.context, row), Payment.from_model)
