"""Entities of payments: the payment, and the order, which has a payment and an amount due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

import strawberry
from sqlalchemy import Row

from entrepot.shared.db import first_of
from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import (
    Money,
    Representation,
    batch_field,
    each,
    entity,
    money,
    one,
    read_key,
    refer_each,
    refers,
    transitions,
)
from entrepot.shared.money import Money as Amount
from entrepot.subgraphs.payments import repository
from entrepot.subgraphs.payments.api.context import PaymentsContext, PaymentsInfo
from entrepot.subgraphs.payments.api.visibility import counts_for, sees_payment
from entrepot.subgraphs.payments.states import PAYMENT, SECURED, DeclineReason, PaymentStatus

strawberry.enum(PaymentStatus)
strawberry.enum(DeclineReason, name="PaymentDeclineReason")


@entity({"id": repository.PAYMENTS_BY_ID}, sees=sees_payment)
class Payment:
    """The payment of one order by one payment method."""

    id: strawberry.ID
    status: PaymentStatus
    """The current state; only the payments subgraph and the payment provider change it."""
    total: Money = money("minor_units")
    """The amount that was requested: the total of the order when it was placed."""
    decline_reason: DeclineReason | None
    """Why it failed or was cancelled; null otherwise."""
    created_at: datetime
    """When the payment was requested."""
    order_id: strawberry.Private[str]
    allowed_transitions: list[PaymentStatus] = transitions(PAYMENT)
    """The states that the caller can move it to."""

    order: Order = refers(lambda payment: Order(id=payment.order_id))
    """The order that is paid."""


@strawberry.federation.type(keys=["id"])
class Order:
    """A purchase by a customer, with names, prices and address as they were when it was placed."""

    id: strawberry.ID
    known_total: strawberry.Private[Amount | None] = None

    @strawberry.federation.field(external=True)
    def total(self) -> Money:
        """The amount to pay: the sum of the line totals."""
        return Money.of(_require_total(self))

    payment: Payment | None = one(repository.PAYMENTS_BY_ORDER_ID, by="id")
    """The payment of the order.

    Null until one is requested, and for callers who are neither the customer nor have the scope payments:read.
    """

    @batch_field(requires=["total { minorUnits currency }"])
    async def amount_due(orders: list[Order], info: PaymentsInfo) -> list[Money]:  # noqa: N805 the objects
        """The part of the total that is neither authorized nor captured.

        It is the whole total for callers who may not see the payment.
        """
        rows = await info.context.fetch(repository.PAYMENTS_BY_ORDER_ID, [order.id for order in orders])
        return each(orders, lambda order: _read_due(info.context, order, first_of(rows[order.id])))

    @classmethod
    async def resolve_references(
        cls, _context: PaymentsContext, representations: Sequence[Representation]
    ) -> Sequence[Self | InvalidInput]:
        return refer_each(
            representations,
            lambda given: cls(id=strawberry.ID(read_key(given, "id")), known_total=_read_total(given)),
        )


def _require_total(order: Order) -> Amount:
    if order.known_total is None:
        raise InvalidInput("A representation of Order needs its total's minorUnits and currency for this field.")
    return order.known_total


def _read_due(context: PaymentsContext, order: Order, payment: Row[Any] | None) -> Money:
    """What is left to pay; raises a domain error for a total that is missing or in another currency."""
    total = _require_total(order)
    if payment is None or payment.status not in SECURED or not counts_for(context, payment):
        return Money.of(total)
    return Money.of(total - Amount(payment.minor_units, payment.currency))


def _read_total(representation: Representation) -> Amount | None:
    """The order's total, when the router sent all of it that `amountDue` requires.

    A part of it is no fault: some routers send every external field that the client selected, required or not.
    """
    match representation.get("total"):
        case {"minorUnits": int(minor_units), "currency": str(currency)}:
            return Amount(minor_units, currency)
        case _:
            return None
