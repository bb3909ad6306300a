"""The life of a payment."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from entrepot.shared.states import StateMachine, Transition


class PaymentStatus(StrEnum):
    """The state of a payment."""

    CREATED = "CREATED"
    """Requested; the payment provider has not been called yet."""
    REQUIRES_ACTION = "REQUIRES_ACTION"
    """The customer has to confirm it with their bank, such as by 3-D Secure."""
    PROCESSING = "PROCESSING"
    """The payment provider has been called; the outcome is not known yet."""
    AUTHORIZED = "AUTHORIZED"
    """The amount is reserved on the customer's account, and not charged yet."""
    PARTIALLY_CAPTURED = "PARTIALLY_CAPTURED"
    """A part of the authorized amount is charged."""
    CAPTURED = "CAPTURED"
    """The whole amount is charged."""
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    """A part of the charged amount is paid back."""
    REFUNDED = "REFUNDED"
    """The whole charged amount is paid back."""
    DISPUTED = "DISPUTED"
    """The customer's bank demands the amount back (a chargeback); the dispute is open."""
    LOST = "LOST"
    """The dispute was decided for the customer: the amount is lost."""
    FAILED = "FAILED"
    """Declined, or the payment provider could not be reached in time; see `declineReason`."""
    CANCELLED = "CANCELLED"
    """Cancelled before the payment provider was called."""
    VOIDED = "VOIDED"
    """The authorization was released without a charge."""
    EXPIRED = "EXPIRED"
    """The authorization lapsed before it was captured."""


class DeclineReason(StrEnum):
    """Why a payment failed or was cancelled."""

    CARD_DECLINED = "CARD_DECLINED"
    """The customer's bank refused the card."""
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    """The account does not hold the amount."""
    INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105 - a reason, not a token
    """The payment provider does not know the payment token, or it was used before."""
    INVALID_PAYMENT_METHOD = "INVALID_PAYMENT_METHOD"
    """There is no such payment method of the customer, or it has expired or was used before."""
    INVALID_AMOUNT = "INVALID_AMOUNT"
    """The amount or its currency cannot be charged."""
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    """The payment provider could not be reached in time."""
    CANCELLED = "CANCELLED"
    """The order was cancelled before the payment provider was called."""
    OTHER = "OTHER"
    """A reason that the payment provider gave and that is not in this list."""


_S = PaymentStatus

PAYMENT: Final = StateMachine(
    "Payment",
    PaymentStatus.CREATED,
    [
        *(
            Transition(_S.CREATED, target)
            for target in (_S.REQUIRES_ACTION, _S.PROCESSING, _S.AUTHORIZED, _S.CAPTURED, _S.FAILED, _S.CANCELLED)
        ),
        *(Transition(_S.REQUIRES_ACTION, target) for target in (_S.PROCESSING, _S.FAILED, _S.CANCELLED)),
        *(Transition(_S.PROCESSING, target) for target in (_S.AUTHORIZED, _S.CAPTURED, _S.FAILED)),
        *(Transition(_S.AUTHORIZED, target) for target in (_S.PARTIALLY_CAPTURED, _S.CAPTURED, _S.VOIDED, _S.EXPIRED)),
        Transition(_S.PARTIALLY_CAPTURED, _S.CAPTURED),
        Transition(_S.CAPTURED, _S.PARTIALLY_REFUNDED),
        Transition(_S.PARTIALLY_REFUNDED, _S.REFUNDED),
        Transition(_S.CAPTURED, _S.DISPUTED),
        Transition(_S.DISPUTED, _S.CAPTURED),
        Transition(_S.DISPUTED, _S.LOST),
    ],
)

SECURED: Final = frozenset({_S.AUTHORIZED, _S.PARTIALLY_CAPTURED, _S.CAPTURED})
"""While in these, the amount is set aside for us or ours."""
