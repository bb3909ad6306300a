"""What orders ask for: it is written down here, and done at the provider by `processing`, outside any transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from entrepot.shared.currencies import MINOR_UNIT_DIGITS
from entrepot.shared.events import UnitOfWork
from entrepot.shared.telemetry import current_trace
from entrepot.subgraphs.payments.events import payment_authorized, payment_changed, payment_declined, payment_voided
from entrepot.subgraphs.payments.models import Payment
from entrepot.subgraphs.payments.ports import PaymentsDependencies
from entrepot.subgraphs.payments.repository import PaymentsRepository
from entrepot.subgraphs.payments.states import PAYMENT, DeclineReason, PaymentStatus

Unit = UnitOfWork[PaymentsDependencies]

PROCESS_JOB: Final = "process-payments"
CANCELLED: Final = DeclineReason.CANCELLED.value
_INVALID_AMOUNT: Final = DeclineReason.INVALID_AMOUNT.value
_INVALID_TOKEN: Final = DeclineReason.INVALID_TOKEN.value
_MAX_TOKEN: Final = 255
_NOTHING_OPEN: Final = frozenset(
    {PaymentStatus.FAILED, PaymentStatus.CANCELLED, PaymentStatus.VOIDED, PaymentStatus.EXPIRED}
)


async def request_authorization(
    unit: Unit, *, order_id: str, customer_id: str, minor_units: int, currency: str, payment_token: str
) -> None:
    """Begin the order's payment, with the key that every call for it will carry; the answer is announced later.

    An order that has a payment gets the answer of that one again. What no provider could take is declined at once.
    """
    refusal = _find_refusal(minor_units, currency, payment_token)
    row = _new_row(unit, order_id) | {
        "customer_id": customer_id,
        "minor_units": None if refusal == _INVALID_AMOUNT else minor_units,
        "currency": None if refusal == _INVALID_AMOUNT else currency,
        "payment_token": None if refusal else payment_token,
        "status": PaymentStatus.FAILED if refusal else PaymentStatus.CREATED,
        "decline_reason": refusal,
        "next_attempt_at": None if refusal else unit.now,
        "give_up_at": unit.now + timedelta(seconds=unit.dependencies.settings.give_up_after),
    }
    is_new = await PaymentsRepository(unit.session).add_payment_once(row)
    if is_new:
        unit.publish(payment_changed(Payment(**row), row["status"]))
    if is_new and refusal is None:
        unit.notify_job(PROCESS_JOB)
    else:
        await _answer(unit, order_id)


async def request_void(unit: Unit, *, order_id: str) -> None:
    """Leave nothing set aside for the order, now or later; PaymentVoided is announced once that is so.

    Raises InvalidTransition when the money has been taken: that is given back by a refund.
    """
    repository = PaymentsRepository(unit.session)
    pre_cancelled = _new_row(unit, order_id) | {"status": PaymentStatus.CANCELLED, "decline_reason": CANCELLED}
    if await repository.add_payment_once(pre_cancelled):
        unit.publish(payment_changed(Payment(**pre_cancelled), PaymentStatus.CANCELLED))
        unit.publish(payment_voided(order_id))
        return
    # The states are tried in the order in which a payment passes them, so that it cannot slip by in between.
    if await repository.cancel(order_id, CANCELLED, unit.now):
        unit.publish(payment_changed(await _get(repository, order_id), PaymentStatus.CANCELLED))
        await _answer(unit, order_id)
    elif await repository.mark_void_requested(order_id, unit.now, _read_traceparent()):
        unit.notify_job(PROCESS_JOB)
        return
    else:
        payment = await _get(repository, order_id)
        if payment.status not in _NOTHING_OPEN:
            PAYMENT.check(PaymentStatus(payment.status), PaymentStatus.VOIDED)
    unit.publish(payment_voided(order_id))


async def _answer(unit: Unit, order_id: str) -> None:
    """Say what became of the order's payment; of one that is still under way the outcome will be announced."""
    payment = await _get(PaymentsRepository(unit.session), order_id)
    if payment.is_secured and not payment.void_requested:
        unit.publish(payment_authorized(payment))
    elif payment.status in _NOTHING_OPEN:
        unit.publish(payment_declined(payment, payment.decline_reason or CANCELLED))


async def _get(repository: PaymentsRepository, order_id: str) -> Payment:
    payment = await repository.get_payment_by_order(order_id)
    assert payment is not None, "it was there when another could not be added"
    return payment


def _find_refusal(minor_units: int, currency: str, payment_token: str) -> str | None:
    if minor_units < 0 or currency not in MINOR_UNIT_DIGITS:
        return _INVALID_AMOUNT
    if not 1 <= len(payment_token) <= _MAX_TOKEN:
        return _INVALID_TOKEN
    return None


def _new_row(unit: Unit, order_id: str) -> dict[str, Any]:
    return {
        "id": unit.new_id("pay"),
        "order_id": order_id,
        "idempotency_key": unit.new_id("auth"),
        "void_requested": False,
        "attempts": 0,
        "created_at": unit.now,
        "updated_at": unit.now,
        "traceparent": _read_traceparent(),
    }


def _read_traceparent() -> str | None:
    trace = current_trace()
    return trace.traceparent if trace else None
