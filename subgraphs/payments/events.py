"""What payments announce: models to contracts."""

from __future__ import annotations

from entrepot.shared.events.contracts.payments import PaymentAuthorized, PaymentChanged, PaymentDeclined, PaymentVoided
from entrepot.subgraphs.payments.models import Payment
from entrepot.subgraphs.payments.states import PaymentStatus


def payment_authorized(payment: Payment) -> PaymentAuthorized:
    amount = payment.amount
    assert amount is not None, "only what was asked for is authorized"
    return PaymentAuthorized(
        order_id=payment.order_id,
        payment_id=payment.id,
        minor_units=amount.minor_units,
        currency=amount.currency,
    )


def payment_declined(payment: Payment, reason: str) -> PaymentDeclined:
    return PaymentDeclined(order_id=payment.order_id, payment_id=payment.id, reason=reason)


def payment_voided(order_id: str) -> PaymentVoided:
    return PaymentVoided(order_id=order_id)


def payment_changed(payment: Payment, status: PaymentStatus) -> PaymentChanged:
    """All of a payment that has this status now: a row that was changed past the ORM may say the one before."""
    return PaymentChanged(
        payment_id=payment.id,
        order_id=payment.order_id,
        minor_units=payment.minor_units,
        currency=payment.currency,
        status=status,
    )
