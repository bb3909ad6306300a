"""Entities of payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from entrepot.shared.graphql import Money, Representation, resolve_by_key, to_graphql
from entrepot.subgraphs.payments import models
from entrepot.subgraphs.payments.api.loaders import PaymentByIdLoader
from entrepot.subgraphs.payments.api.stubs import Order, PaymentsContext
from entrepot.subgraphs.payments.api.visibility import visible
from entrepot.subgraphs.payments.states import PAYMENT, PaymentStatus

strawberry.enum(PaymentStatus)


@strawberry.federation.type(keys=["id"])
class Payment:
    """The payment of one order by one payment method."""

    id: strawberry.ID
    status: PaymentStatus
    """The current state; only the payments subgraph and the payment provider change it."""
    amount: Money
    """The amount that was requested: the total of the order when it was placed."""
    decline_reason: str | None
    """A code such as CARD_DECLINED; null unless the payment failed or was cancelled."""
    created_at: datetime
    """When the payment was requested."""
    order_id: strawberry.Private[str]

    @strawberry.field
    def allowed_transitions(self) -> list[PaymentStatus]:
        """The states that can follow the current one; empty when it is final."""
        return sorted(PAYMENT.next_states(self.status))

    @strawberry.field
    def order(self) -> Order:
        """The order that is paid."""
        return Order(id=strawberry.ID(self.order_id))

    @classmethod
    def from_model(cls, payment: models.Payment) -> Self:
        amount = payment.amount
        assert amount is not None, "a tombstone is not shown"
        return cls(
            id=strawberry.ID(payment.id),
            status=PaymentStatus(payment.status),
            amount=Money.of(amount),
            decline_reason=payment.decline_reason,
            created_at=payment.created_at,
            order_id=payment.order_id,
        )

    @classmethod
    async def resolve_references(
        cls, context: PaymentsContext, representations: Sequence[Representation]
    ) -> Sequence[Self | None]:
        return await resolve_by_key(
            context,
            representations,
            {"id": PaymentByIdLoader},
            lambda row: to_graphql(visible(context, row), cls.from_model),
        )
