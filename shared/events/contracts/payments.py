"""What payments are asked for, and what they announce."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.events.contracts.reference import Reference, refer_to_order
from entrepot.shared.events.event import Command, Event, command, contract


@command("payments.authorize", subject="payment_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizePayment(Command):
    """Authorize this amount (minor units). Answered by PaymentAuthorized or PaymentDeclined.

    The sender chooses the id of the payment; `reference` says what is paid. The payment method is one that the
    customer has added to payments: its token is known nowhere else.
    """

    payment_id: str
    reference: Reference
    customer_id: str
    payment_method_id: str
    minor_units: int
    currency: str


@command("payments.void", subject="payment_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class VoidPayment(Command):
    """Leave no authorization open, now or later. Answered by PaymentVoided, or by VoidRefused."""

    payment_id: str
    reference: Reference


@contract("payments.payment.authorized", subject="payment_id", version=2)
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAuthorized(Event):
    """The amount (minor units) is reserved on the customer's account."""

    payment_id: str
    reference: Reference
    minor_units: int
    currency: str


@contract("payments.payment.declined", subject="payment_id", version=2)
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDeclined(Event):
    """Nothing will be paid by this; `reason` is a code such as CARD_DECLINED."""

    payment_id: str
    reference: Reference
    reason: str


@contract("payments.payment.voided", subject="payment_id", version=2)
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentVoided(Event):
    """No authorization is open, and none will be."""

    payment_id: str
    reference: Reference


@contract("payments.void.refused", subject="payment_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class VoidRefused(Event):
    """The money has been taken: it can be refunded, not released. `reason` is the payment's status."""

    payment_id: str
    reference: Reference
    reason: str


@contract("payments.payment.authorized", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAuthorizedV1(Event):
    """The first version: only orders were paid, each by one payment."""

    order_id: str
    payment_id: str
    minor_units: int
    currency: str

    def upcast(self) -> PaymentAuthorized:
        return PaymentAuthorized(
            payment_id=self.payment_id,
            reference=refer_to_order(self.order_id),
            minor_units=self.minor_units,
            currency=self.currency,
        )


@contract("payments.payment.declined", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDeclinedV1(Event):
    """The first version: see PaymentAuthorizedV1."""

    order_id: str
    payment_id: str
    reason: str

    def upcast(self) -> PaymentDeclined:
        return PaymentDeclined(payment_id=self.payment_id, reference=refer_to_order(self.order_id), reason=self.reason)


@contract("payments.payment.voided", subject="order_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentVoidedV1(Event):
    """The first version, which named the order only."""

    order_id: str

    def upcast(self) -> PaymentVoided:
        return PaymentVoided(payment_id=self.order_id, reference=refer_to_order(self.order_id))


@contract("payments.payment.changed", subject="payment_id", is_full_state=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentChanged(Event):
    """A payment is new or has another status; all of it, so that the latest event is the current state.

    The amount (minor units) is None for a payment that was cancelled before it was requested. Calls of the provider
    that are under way are not published.
    """

    payment_id: str
    reference: Reference
    minor_units: int | None
    currency: str | None
    status: str
    revision: int = 0
