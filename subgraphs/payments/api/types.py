"""Entities of payments: the payment, its method, and the order, which has payments and an amount due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

import strawberry
from sqlalchemy import Row

from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import (
    Money,
    Representation,
    batch_field,
    each,
    entity,
    many,
    money,
    read_key,
    refer_each,
    refers,
    row_type,
    transitions,
)
from entrepot.shared.money import Money as Amount
from entrepot.subgraphs.payments import repository
from entrepot.subgraphs.payments.api.context import PaymentsContext, PaymentsInfo
from entrepot.subgraphs.payments.api.visibility import counts_for, sees_payment
from entrepot.subgraphs.payments.states import PAYMENT, SECURED, DeclineReason, PaymentStatus

strawberry.enum(PaymentStatus)
strawberry.enum(DeclineReason, name="PaymentDeclineReason")


@row_type
class PaymentMethod:
    """A payment method that a customer added for one payment."""

    id: strawberry.ID
    """Pass it to `placeOrder`."""
    expires_at: datetime
    """Until when it can be used."""


@entity({"id": repository.PAYMENTS_BY_ID}, sees=sees_payment)
class Payment:
    """A payment of an order by one payment method."""

    id: strawberry.ID
    status: PaymentStatus
    """The current state; only the payments subgraph and the payment provider change it."""
    total: Money = money("minor_units")
    """The amount that was requested: the total of the order when it was placed."""
    decline_reason: DeclineReason | None
    """Why it failed or was cancelled; null otherwise."""
    created_at: datetime
    """When the payment was requested."""
    reference_id: strawberry.Private[str]
    allowed_transitions: list[PaymentStatus] = transitions(PAYMENT)
    """The states that the caller can move it to."""

    order: Order = refers(lambda payment: Order(id=payment.reference_id))
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

    payments: list[Payment] = many(repository.PAYMENTS_BY_REFERENCE, by="id", expected=2)
    """The payments of the order, oldest first.

    Empty until one is requested, and for callers who are neither the customer nor have the scope payments:read.
    """

    @batch_field(requires=["total { minorUnits currency }"])
    async def amount_due(orders: list[Order], info: PaymentsInfo) -> list[Money]:  # noqa: N805 the objects
        """The part of the total that is neither authorized nor captured.

        It is the whole total for callers who may not see the payments.
        """
        rows = await info.context.fetch(repository.PAYMENTS_BY_REFERENCE, [order.id for order in orders])
        return each(orders, lambda order: _read_due(info.context, order, rows[order.id] or ()))

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


def _read_due(context: PaymentsContext, order: Order, payments: Sequence[Row[Any]]) -> Money:
    """What is left to pay; raises a domain error for a total that is missing or in another currency."""
    due = _require_total(order)
    for payment in payments:
        if payment.status in SECURED and counts_for(context, payment):
            due -= Amount(payment.minor_units, payment.currency)
    return Money.of(due)


def _read_total(representation: Representation) -> Amount | None:
    """The order's total, when the router sent all of it that `amountDue` requires.

    A part of it is no fault: some routers send every external field that the client selected, required or not.
    """
    match representation.get("total"):
        case {"minorUnits": int(minor_units), "currency": str(currency)}:
            return Amount(minor_units, currency)
        case _:
            return None
