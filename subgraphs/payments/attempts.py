"""What to do next at the provider: a pure decision over a claimed payment."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from entrepot.subgraphs.payments.models import Payment
from entrepot.subgraphs.payments.states import PaymentStatus


class Call(StrEnum):
    """What the provider is asked."""

    AUTHORIZE = "AUTHORIZE"  # for the first time
    FIND = "FIND"  # what became of an earlier call; authorize when it never arrived
    VOID = "VOID"  # let go whatever is or will be set aside


def choose_call(payment: Payment, now: datetime) -> Call:
    """Void what was called off or has taken too long; else authorize, after a look at what became of earlier calls.

    The first attempt is made however late it is: a wrong clock or a stopped process is no reason to
    cancel what was never attempted.
    """
    is_late = payment.attempts > 1 and payment.give_up_at is not None and now >= payment.give_up_at
    if payment.void_requested or payment.status == PaymentStatus.AUTHORIZED or is_late:
        return Call.VOID
    return Call.AUTHORIZE if payment.attempts == 1 else Call.FIND
