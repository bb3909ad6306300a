"""Commands to payments: written down here, and done at the provider by `processing`, outside transactions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from entrepot.shared.currencies import MINOR_UNIT_DIGITS
from entrepot.shared.events.cause import current_cause
from entrepot.shared.events.contracts.payments import AuthorizePayment, VoidPayment
from entrepot.shared.telemetry import current_trace
from entrepot.subgraphs.payments.events import (
    payment_authorized,
    payment_changed,
    payment_declined,
    payment_voided,
    void_refused,
)
from entrepot.subgraphs.payments.models import Payment
from entrepot.subgraphs.payments.repository import PaymentsRepository
from entrepot.subgraphs.payments.service.unit import Unit
from entrepot.subgraphs.payments.states import DeclineReason, PaymentStatus

PROCESS_JOB: Final = "process-payments"
CANCELLED: Final = DeclineReason.CANCELLED.value
_NOTHING_OPEN: Final = frozenset(
    {PaymentStatus.FAILED, PaymentStatus.CANCELLED, PaymentStatus.VOIDED, PaymentStatus.EXPIRED}
)


async def request_authorization(unit: Unit, command: AuthorizePayment) -> None:
    """Begin the payment, with the key that every call for it will carry; the outcome is announced later.

    A payment that has begun gets the answer of then again. What no provider could take is declined at once.
    """
    repository = PaymentsRepository(unit.session)
    token = await repository.take_token(command.payment_method_id, command.customer_id, unit.now)
    has_amount = command.minor_units >= 0 and command.currency in MINOR_UNIT_DIGITS
    refusal = _find_refusal(has_amount=has_amount, has_token=token is not None)
    row = _new_row(unit, command) | {
        "customer_id": command.customer_id,
        "minor_units": command.minor_units if has_amount else None,
        "currency": command.currency if has_amount else None,
        "payment_token": None if refusal else token,
        "status": PaymentStatus.FAILED if refusal else PaymentStatus.CREATED,
        "decline_reason": refusal,
        "next_attempt_at": None if refusal else unit.now,
        "give_up_at": unit.now + timedelta(seconds=unit.dependencies.settings.give_up_after),
    }
    is_new = await repository.add_payment_once(row)
    if is_new:
        unit.publish(payment_changed(Payment(**row), row["status"]))
    if is_new and refusal is None:
        unit.notify_job(PROCESS_JOB)
    else:
        await _answer(unit, command.payment_id)


async def request_void(unit: Unit, command: VoidPayment) -> None:
    """Leave no authorization open, now or later; PaymentVoided is announced once that is so.

    VoidRefused is announced when the money has been taken: that is given back by a refund.
    """
    repository = PaymentsRepository(unit.session)
    pre_cancelled = _new_row(unit, command) | {"status": PaymentStatus.CANCELLED, "decline_reason": CANCELLED}
    if await repository.add_payment_once(pre_cancelled):
        unit.publish(payment_changed(Payment(**pre_cancelled), PaymentStatus.CANCELLED))
    # The states are tried in the order in which a payment passes them, so that it cannot slip by in between.
    elif await repository.cancel(command.payment_id, CANCELLED, unit.now):
        unit.publish(payment_changed(await _get(repository, command.payment_id), PaymentStatus.CANCELLED))
        await _answer(unit, command.payment_id)
    elif await repository.mark_void_requested(
        command.payment_id, unit.now, traceparent=_read_traceparent(), cause=current_cause().to_data()
    ):
        unit.notify_job(PROCESS_JOB)
        return
    payment = await _get(repository, command.payment_id)
    unit.publish(payment_voided(payment) if payment.status in _NOTHING_OPEN else void_refused(payment))


async def _answer(unit: Unit, payment_id: str) -> None:
    """Say what became of the payment; of one that is still under way the outcome will be announced."""
    payment = await _get(PaymentsRepository(unit.session), payment_id)
    if payment.is_secured and not payment.void_requested:
        unit.publish(payment_authorized(payment))
    elif payment.status in _NOTHING_OPEN:
        unit.publish(payment_declined(payment, payment.decline_reason or CANCELLED))


async def _get(repository: PaymentsRepository, payment_id: str) -> Payment:
    payment = await repository.get_payment(payment_id)
    assert payment is not None, "it was there when another could not be added"
    return payment


def _find_refusal(*, has_amount: bool, has_token: bool) -> str | None:
    if not has_amount:
        return DeclineReason.INVALID_AMOUNT.value
    return None if has_token else DeclineReason.INVALID_PAYMENT_METHOD.value


def _new_row(unit: Unit, command: AuthorizePayment | VoidPayment) -> dict[str, Any]:
    return {
        "id": command.payment_id,
        "reference_type": command.reference.type,
        "reference_id": command.reference.id,
        "idempotency_key": unit.new_id("auth"),
        "void_requested": False,
        "attempts": 0,
        "created_at": unit.now,
        "updated_at": unit.now,
        "traceparent": _read_traceparent(),
        "cause": current_cause().to_data(),
    }


def _read_traceparent() -> str | None:
    trace = current_trace()
    return trace.traceparent if trace else None
