"""Payments are processed at the provider: claim, call with no transaction open, record; safe to repeat at any line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from entrepot.shared.backoff import Backoff
from entrepot.shared.events import UnitOfWorkFactory
from entrepot.shared.events.cause import bind_cause
from entrepot.shared.events.fan_out.fan_out import first_of
from entrepot.shared.events.fan_out.jobs import job_channel
from entrepot.shared.refilling import SideBySide
from entrepot.shared.telemetry import get_logger
from entrepot.subgraphs.payments.attempts import Call, choose_call
from entrepot.subgraphs.payments.errors import ProviderUnanswered, ProviderUnavailable
from entrepot.subgraphs.payments.events import payment_authorized, payment_changed, payment_declined, payment_voided
from entrepot.subgraphs.payments.ledger import LedgerFact, build_postings
from entrepot.subgraphs.payments.models import LedgerEntry, Payment
from entrepot.subgraphs.payments.ports import Authorized, Declined, Outcome, PaymentProvider, PaymentsDependencies
from entrepot.subgraphs.payments.repository import PaymentsRepository
from entrepot.subgraphs.payments.service.requests import CANCELLED, PROCESS_JOB
from entrepot.subgraphs.payments.service.unit import Unit
from entrepot.subgraphs.payments.states import DeclineReason, PaymentStatus

PROVIDER_UNAVAILABLE: Final = DeclineReason.PROVIDER_UNAVAILABLE.value
PROCESS_SECONDS: Final = 1.0
"""How often to look for payments that are due without having been woken."""
_log: Final = get_logger(__name__)


async def process_due(transactions: UnitOfWorkFactory[PaymentsDependencies]) -> int:
    """Do what is due at the provider, at most a batch at the same time; how many payments were tried.

    A call that takes long holds up no other payment: what becomes due meanwhile takes the places that are free.
    """
    clock, batch = transactions.environment.clock, transactions.dependencies.settings.batch

    async def find() -> Sequence[str]:
        async with transactions.database.read() as session:
            return await PaymentsRepository(session).list_due_ids(clock.now(), batch)

    async with transactions.fan_out.listen(job_channel(PROCESS_JOB)) as listener:
        calls = SideBySide(
            find,
            partial(process_payment, transactions),
            lambda: first_of(listener.wait(), clock.sleep(PROCESS_SECONDS)),
            places=batch,
        )
        return await calls.run()


async def process_payment(transactions: UnitOfWorkFactory[PaymentsDependencies], payment_id: str) -> bool:
    """One attempt at one payment; False when there is nothing to do, or somebody else does it."""
    async with transactions.begin() as unit:
        lease = timedelta(seconds=unit.dependencies.settings.lease)
        payment = await PaymentsRepository(unit.session).claim(payment_id, unit.now, unit.now + lease)
    if payment is None:
        return False
    with transactions.start_span("process payment", payment.traceparent):
        await _process(transactions, payment)
    return True


async def _process(transactions: UnitOfWorkFactory[PaymentsDependencies], payment: Payment) -> None:
    """Call the provider for a claimed payment, and write down what came of it."""
    call = choose_call(payment, transactions.environment.clock.now())
    try:
        outcome = await _make_call(transactions.dependencies.provider, payment, call)
    except (ProviderUnanswered, ProviderUnavailable) as error:
        _log.warning("payments.provider_failed", payment_id=payment.id, call=call, code=error.code)
        await _postpone(transactions, payment)
        return
    except Exception:  # noqa: BLE001 - whatever it was, the call may have taken effect: only the same key may tell
        _log.exception("payments.provider_error", payment_id=payment.id, call=call)
        await _postpone(transactions, payment)
        return
    async with transactions.begin() as unit:
        await _record(unit, payment, outcome)


async def _make_call(provider: PaymentProvider, payment: Payment, call: Call) -> Outcome | None:
    """The outcome of the authorization, or None when whatever was set aside has been let go."""
    key, amount, token = payment.idempotency_key, payment.amount, payment.payment_token
    if call is Call.VOID:
        await provider.void(key=key, reference=payment.provider_reference)
        return None
    assert amount is not None, "a pre-cancelled payment is never due"
    assert token is not None, "the token is kept until there is an outcome"
    known = await provider.find(key=key) if call is Call.FIND else None
    return known or await provider.authorize(key=key, amount=amount, token=token)


async def _record(unit: Unit, payment: Payment, outcome: Outcome | None) -> None:
    """Record the outcome and publish it; when the claim was lost, its new holder will find the same."""
    match outcome:
        case Authorized(reference):
            await _record_authorized(unit, payment, reference)
        case Declined(reason):
            await _record_failed(unit, payment, reason)
        case None if payment.status == PaymentStatus.AUTHORIZED:
            await _record_voided(unit, payment)
        case None:
            await _record_failed(unit, payment, CANCELLED if payment.void_requested else PROVIDER_UNAVAILABLE)


async def _record_authorized(unit: Unit, payment: Payment, reference: str) -> None:
    repository = PaymentsRepository(unit.session)
    concluded = await repository.conclude(payment, PaymentStatus.AUTHORIZED, unit.now, provider_reference=reference)
    if concluded is None:
        return
    unit.publish(payment_changed(payment, PaymentStatus.AUTHORIZED))
    _enter(unit, payment, LedgerFact.AUTHORIZED)
    if concluded.void_requested:
        unit.notify_job(PROCESS_JOB)  # It is due again, to be voided.
        return
    with bind_cause(concluded.cause):
        unit.publish(payment_authorized(payment))


async def _record_failed(unit: Unit, payment: Payment, reason: str) -> None:
    repository = PaymentsRepository(unit.session)
    concluded = await repository.conclude(payment, PaymentStatus.FAILED, unit.now, decline_reason=reason)
    if concluded is None:
        return
    unit.publish(payment_changed(payment, PaymentStatus.FAILED))
    with bind_cause(concluded.cause):
        unit.publish(payment_declined(payment, reason))
        if concluded.void_requested:
            unit.publish(payment_voided(payment))


async def _record_voided(unit: Unit, payment: Payment) -> None:
    concluded = await PaymentsRepository(unit.session).conclude(payment, PaymentStatus.VOIDED, unit.now)
    if concluded is None:
        return
    unit.publish(payment_changed(payment, PaymentStatus.VOIDED))
    _enter(unit, payment, LedgerFact.VOIDED)
    with bind_cause(concluded.cause):
        unit.publish(payment_voided(payment))


async def _postpone(transactions: UnitOfWorkFactory[PaymentsDependencies], payment: Payment) -> None:
    settings = transactions.dependencies.settings
    backoff = Backoff(settings.retry_base, settings.retry_limit)
    delay = timedelta(seconds=backoff.delay(payment.attempts, transactions.environment.randomness))
    async with transactions.begin() as unit:
        await PaymentsRepository(unit.session).postpone(payment, unit.now + delay, unit.now)


def _enter(unit: Unit, payment: Payment, fact: LedgerFact) -> None:
    amount = payment.amount
    assert amount is not None, "a pre-cancelled payment is never processed"
    transaction_id = unit.new_id("led")
    PaymentsRepository(unit.session).add(
        *(
            LedgerEntry(
                transaction_id=transaction_id,
                account=posting.account,
                payment_id=payment.id,
                fact=fact,
                minor_units=posting.amount.minor_units,
                currency=posting.amount.currency,
                occurred_at=unit.now,
            )
            for posting in build_postings(fact, amount)
        )
    )
