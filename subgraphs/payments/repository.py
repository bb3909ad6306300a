"""Every query of payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, case, literal, or_, select, update

from entrepot.shared.db import Repository, RowsByKey, UtcDateTime, changed_rows, insert_or_ignore
from entrepot.subgraphs.payments.models import Payment
from entrepot.subgraphs.payments.states import PAYMENT, PaymentStatus

_AS_WRITTEN: Final = {"synchronize_session": False, "populate_existing": True}

PAYMENTS_BY_ID: Final = RowsByKey(Payment.id)
PAYMENTS_BY_ORDER_ID: Final = RowsByKey(Payment.order_id)


class PaymentsRepository(Repository):
    """Payments and their ledger."""

    async def get_payment_by_order(self, order_id: str) -> Payment | None:
        query = select(Payment).where(Payment.order_id == order_id)
        return await self.session.scalar(query.execution_options(populate_existing=True))

    async def list_payments_after(self, payment_id: str, limit: int) -> Sequence[Payment]:
        query = select(Payment).where(Payment.id > payment_id).order_by(Payment.id).limit(limit)
        return (await self.session.scalars(query)).all()

    async def add_payment_once(self, row: Mapping[str, Any]) -> bool:
        """Add the payment unless the order has one; whether it was added."""
        table = Payment.__table__
        assert isinstance(table, Table)
        return await insert_or_ignore(self.session, table, row)

    async def cancel(self, order_id: str, reason: str, now: datetime) -> bool:
        """Call off what the provider has not been asked for; False when it has been."""
        return await self._update(
            Payment.order_id == order_id,
            Payment.status.in_(PAYMENT.sources_of(PaymentStatus.CANCELLED)),
            status=PaymentStatus.CANCELLED,
            decline_reason=reason,
            payment_token=None,
            next_attempt_at=None,
            lease_until=None,
            updated_at=now,
        )

    async def mark_void_requested(self, order_id: str, now: datetime, traceparent: str | None) -> bool:
        """Have what is or may be set aside let go; False when there can be nothing."""
        return await self._update(
            Payment.order_id == order_id,
            Payment.status.in_([PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED]),
            void_requested=True,
            next_attempt_at=now,
            updated_at=now,
            traceparent=traceparent,
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

    async def conclude(self, claimed: Payment, target: PaymentStatus, now: datetime, **values: Any) -> bool | None:
        """Move a claimed payment on: whether it is to be voided, also since the claim; None when the claim was lost.

        An authorization that is to be voided stays due; all else is done.
        """
        PAYMENT.check(PaymentStatus(claimed.status), target)
        at_once = case((Payment.void_requested, literal(now, UtcDateTime)), else_=None)
        statement = update(Payment).where(*_is_claimed(claimed))
        statement = statement.values(
            status=target,
            payment_token=None,
            next_attempt_at=at_once if target == PaymentStatus.AUTHORIZED else None,
            lease_until=None,
            updated_at=now,
            **values,
        )
        return await self.session.scalar(statement.returning(Payment.void_requested), execution_options=_AS_WRITTEN)

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
