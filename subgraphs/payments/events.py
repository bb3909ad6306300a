"""What payments announce: models to contracts."""

from __future__ import annotations

from entrepot.shared.events.contracts.payments import (
    PaymentAuthorized,
    PaymentChanged,
    PaymentDeclined,
    PaymentVoided,
    VoidRefused,
)
from entrepot.subgraphs.payments.models import Payment
from entrepot.subgraphs.payments.states import PaymentStatus


def payment_authorized(payment: Payment) -> PaymentAuthorized:
    amount = payment.amount
    assert amount is not None, "only what was requested is authorized"
    return PaymentAuthorized(
        payment_id=payment.id,
        reference=payment.reference,
        minor_units=amount.minor_units,
        currency=amount.currency,
    )


def payment_declined(payment: Payment, reason: str) -> PaymentDeclined:
    return PaymentDeclined(payment_id=payment.id, reference=payment.reference, reason=reason)


def payment_voided(payment: Payment) -> PaymentVoided:
    return PaymentVoided(payment_id=payment.id, reference=payment.reference)


def void_refused(payment: Payment) -> VoidRefused:
    return VoidRefused(payment_id=payment.id, reference=payment.reference, reason=str(payment.status))


def payment_changed(payment: Payment, status: PaymentStatus) -> PaymentChanged:
    """All of a payment that has this status now: a row that was changed past the ORM may say the one before."""
    return PaymentChanged(
        payment_id=payment.id,
        reference=payment.reference,
        minor_units=payment.minor_units,
        currency=payment.currency,
        status=status,
    )
