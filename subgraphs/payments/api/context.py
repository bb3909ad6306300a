"""The context of a request as the resolvers of payments see it."""

from __future__ import annotations

from strawberry.types import Info

from entrepot.shared.graphql import Context
from entrepot.subgraphs.payments.ports import PaymentsDependencies

PaymentsContext = Context[PaymentsDependencies]
PaymentsInfo = Info[PaymentsContext, None]
