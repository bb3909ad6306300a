"""Every query of payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, case, delete, literal, or_, select, update

from entrepot.shared.db import Repository, RowsByKey, UtcDateTime, changed_rows, insert_or_ignore
from entrepot.shared.events.cause import Cause, read_cause
from entrepot.shared.events.lifecycle import Lifecycle
from entrepot.subgraphs.payments.models import Payment, PaymentMethod
from entrepot.subgraphs.payments.states import PAYMENT, PaymentStatus

_AS_WRITTEN: Final = {"synchronize_session": False, "populate_existing": True}

PAYMENTS: Final = Lifecycle(PAYMENT, Payment)
"""How payments move."""

PAYMENTS_BY_ID: Final = RowsByKey(Payment.id)
PAYMENTS_BY_REFERENCE: Final = RowsByKey(Payment.reference_id, order=[Payment.id])
PAYMENT_METHODS_BY_ID: Final = RowsByKey(PaymentMethod.id)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What is known of a payment once an attempt at it is recorded: both may have changed since the claim."""

    void_requested: bool
    cause: Cause


class PaymentsRepository(Repository):
    """Payments, their methods and their ledger."""

    async def get_payment(self, payment_id: str) -> Payment | None:
        return await self.session.get(Payment, payment_id, populate_existing=True)

    async def get_payment_method(self, method_id: str) -> PaymentMethod | None:
        return await self.session.get(PaymentMethod, method_id)

    async def take_token(self, method_id: str, customer_id: str, now: datetime) -> str | None:
        """The token of the customer's payment method, which is no longer stored with it; None when it has none."""
        is_usable = (
            PaymentMethod.id == method_id,
            PaymentMethod.customer_id == customer_id,
            PaymentMethod.token.is_not(None),
            PaymentMethod.expires_at > now,
        )
        token: str | None = await self.session.scalar(select(PaymentMethod.token).where(*is_usable).with_for_update())
        if token is not None:
            taken = update(PaymentMethod).where(PaymentMethod.id == method_id).values(token=None, updated_at=now)
            await self.session.execute(taken.execution_options(synchronize_session=False))
        return token

    async def delete_methods_of(self, customer_id: str) -> int:
        """Delete the customer's payment methods, with their tokens; how many."""
        statement = delete(PaymentMethod).where(PaymentMethod.customer_id == customer_id)
        return changed_rows(await self.session.execute(statement.execution_options(synchronize_session=False)))

    async def list_payments_after(self, payment_id: str, limit: int) -> Sequence[Payment]:
        query = select(Payment).where(Payment.id > payment_id).order_by(Payment.id).limit(limit)
        return (await self.session.scalars(query)).all()

    async def add_payment_once(self, row: Mapping[str, Any]) -> bool:
        """Add the payment unless there is one of its id; whether it was added."""
        table = Payment.__table__
        assert isinstance(table, Table)
        return await insert_or_ignore(self.session, table, row)

    async def cancel(self, payment_id: str, reason: str, now: datetime) -> bool:
        """Call off what the provider has not been asked for; False when it has been."""
        return await PAYMENTS.move_where(
            self.session,
            PaymentStatus.CANCELLED,
            Payment.id == payment_id,
            now=now,
            decline_reason=reason,
            payment_token=None,
            next_attempt_at=None,
            lease_until=None,
        )

    async def mark_void_requested(
        self, payment_id: str, now: datetime, *, traceparent: str | None, cause: Mapping[str, str]
    ) -> bool:
        """Have what is or may be set aside let go; False when there can be nothing."""
        return await self._update(
            Payment.id == payment_id,
            Payment.status.in_([PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED]),
            void_requested=True,
            next_attempt_at=now,
            updated_at=now,
            traceparent=traceparent,
            cause=dict(cause),
        )

    async def list_due_ids(self, now: datetime, limit: int) -> Sequence[str]:
        """The payments that there is something to do about, longest due first."""
        query = select(Payment.id).where(_is_due(now)).order_by(Payment.next_attempt_at).limit(limit)
        return (await self.session.scalars(query)).all()

    async def claim(self, payment_id: str, now: datetime, lease_until: datetime) -> Payment | None:
        """Take the payment for one attempt; None when somebody else has it, or there is nothing to do any more."""
        is_created = Payment.status == PaymentStatus.CREATED
        statement = update(Payment).where(Payment.id == payment_id, _is_due(now))
        statement = statement.values(
            status=case((is_created, literal(PaymentStatus.PROCESSING, Payment.status.type)), else_=Payment.status),
            attempts=Payment.attempts + 1,
            lease_until=lease_until,
            updated_at=now,
        )
        return await self.session.scalar(statement.returning(Payment), execution_options=_AS_WRITTEN)

    async def conclude(
        self, claimed: Payment, target: PaymentStatus, now: datetime, **values: Any
    ) -> Conclusion | None:
        """Move a claimed payment on; None when the claim was lost.

        An authorization that is to be voided stays due; all else is done.
        """
        PAYMENT.check(PaymentStatus(claimed.status), target)
        at_once = case((Payment.void_requested, literal(now, UtcDateTime)), else_=None)
        statement = PAYMENTS.moving(
            target,
            *_is_claimed(claimed),
            now=now,
            payment_token=None,
            next_attempt_at=at_once if target == PaymentStatus.AUTHORIZED else None,
            lease_until=None,
            **values,
        )
        returned = await self.session.execute(
            statement.returning(Payment.void_requested, Payment.cause), execution_options=_AS_WRITTEN
        )
        row = returned.one_or_none()
        return None if row is None else Conclusion(row.void_requested, read_cause(row.cause))

    async def postpone(self, claimed: Payment, next_attempt_at: datetime, now: datetime) -> bool:
        """Give the claim back until then; False when it was lost."""
        return await self._update(
            *_is_claimed(claimed), next_attempt_at=next_attempt_at, lease_until=None, updated_at=now
        )

    async def _update(self, *guard: ColumnElement[bool], **values: Any) -> bool:
        statement = update(Payment).where(*guard).values(**values).execution_options(synchronize_session=False)
        return changed_rows(await self.session.execute(statement)) == 1


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(Payment.next_attempt_at <= now, or_(Payment.lease_until.is_(None), Payment.lease_until <= now))


def _is_claimed(claimed: Payment) -> tuple[ColumnElement[bool], ...]:
    return (
        Payment.id == claimed.id,
        Payment.attempts == claimed.attempts,
        Payment.status == claimed.status,
    )
