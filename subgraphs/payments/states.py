"""The life of a payment."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from entrepot.shared.states import StateMachine, Transition


class PaymentStatus(StrEnum):
    """How far the money got."""

    CREATED = "CREATED"  # asked for; the provider has not been called yet
    REQUIRES_ACTION = "REQUIRES_ACTION"  # the customer must confirm it at their bank
    PROCESSING = "PROCESSING"  # the provider has been called; the outcome is not known yet
    AUTHORIZED = "AUTHORIZED"  # set aside for us
    PARTIALLY_CAPTURED = "PARTIALLY_CAPTURED"  # a part of it taken
    CAPTURED = "CAPTURED"  # taken
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"  # a part of it given back
    REFUNDED = "REFUNDED"  # all of it given back
    DISPUTED = "DISPUTED"  # the customer's bank asks for it back
    LOST = "LOST"  # the dispute was lost
    FAILED = "FAILED"  # declined, or the provider could not be reached in time
    CANCELLED = "CANCELLED"  # called off before the provider was asked
    VOIDED = "VOIDED"  # set aside, and let go again
    EXPIRED = "EXPIRED"  # set aside for too long


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
