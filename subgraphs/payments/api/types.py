"""Entities of payments: the payment, and the order, which has a payment and an amount due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from entrepot.shared import money
from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import Money, Representation, read_key, refer_each, resolve_by_key, to_graphql
from entrepot.subgraphs.payments import models
from entrepot.subgraphs.payments.api.context import PaymentsContext, PaymentsInfo
from entrepot.subgraphs.payments.api.loaders import PaymentByIdLoader, PaymentByOrderIdLoader
from entrepot.subgraphs.payments.api.visibility import counts_for, visible
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
        assert amount is not None, "a payment that was cancelled before it was requested is not shown"
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


@strawberry.federation.type(keys=["id"])
class Order:
    """A purchase by a customer, with names, prices and address as they were when it was placed."""

    id: strawberry.ID
    known_total: strawberry.Private[money.Money | None] = None

    @strawberry.federation.field(external=True)
    def total(self) -> Money:
        """The amount to pay: the sum of the line totals."""
        return Money.of(self._require_total())

    @strawberry.field
    async def payment(self, info: PaymentsInfo) -> Payment | None:
        """The payment of the order.

        Null until one is requested, and for callers who are neither the customer nor have the scope payments:read.
        """
        row = await info.context.loader(PaymentByOrderIdLoader).load(self.id)
        return to_graphql(visible(info.context, row), Payment.from_model)

    @strawberry.federation.field(requires=["total { minorUnits currency }"])
    async def amount_due(self, info: PaymentsInfo) -> Money:
        """The part of the total that is neither authorized nor captured.

        It is the whole total for callers who may not see the payment.
        """
        row = await info.context.loader(PaymentByOrderIdLoader).load(self.id)
        secured = row.amount if row is not None and row.is_secured and counts_for(info.context, row) else None
        total = self._require_total()
        return Money.of(total if secured is None else total - secured)

    @classmethod
    async def resolve_references(
        cls, _context: PaymentsContext, representations: Sequence[Representation]
    ) -> Sequence[Self | InvalidInput]:
        return refer_each(
            representations,
            lambda given: cls(id=strawberry.ID(read_key(given, "id")), known_total=_read_total(given)),
        )

    def _require_total(self) -> money.Money:
        if self.known_total is None:
            raise InvalidInput("A representation of Order needs its total's minorUnits and currency for this field.")
        return self.known_total


def _read_total(representation: Representation) -> money.Money | None:
    """The order's total, when the router sent all of it that `amountDue` requires.

    A part of it is no fault: some routers send every external field that the client selected, required or not.
    """
    match representation.get("total"):
        case {"minorUnits": int(minor_units), "currency": str(currency)}:
            return money.Money(minor_units, currency)
        case _:
            return None
