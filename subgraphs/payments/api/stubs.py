"""The order, as far as payments can tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Self

import strawberry
from strawberry.types import Info

from entrepot.shared import money
from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import Context, Money, Representation, read_key, to_graphql
from entrepot.subgraphs.payments.api.loaders import PaymentByOrderIdLoader
from entrepot.subgraphs.payments.api.visibility import counts_for, visible
from entrepot.subgraphs.payments.ports import PaymentsDependencies

if TYPE_CHECKING:
    from entrepot.subgraphs.payments.api.types import Payment

PaymentsContext = Context[PaymentsDependencies]
PaymentsInfo = Info[PaymentsContext, None]


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
    async def payment(
        self, info: PaymentsInfo
    ) -> Annotated[Payment, strawberry.lazy("entrepot.subgraphs.payments.api.types")] | None:
        """The payment of the order.

        Null until one is requested, and for callers who are neither the customer nor have the scope payments:read.
        """
        from entrepot.subgraphs.payments.api.types import Payment

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
        return [cls._of(representation) for representation in representations]

    @classmethod
    def _of(cls, representation: Representation) -> Self | InvalidInput:
        try:
            identity = strawberry.ID(read_key(representation, "id"))
            return cls(id=identity, known_total=_read_total(representation))
        except InvalidInput as error:
            return error

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
