"""Tables of payments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from entrepot.shared.db import ID_LENGTH, TableDefaults, TimestampMixin, new_metadata
from entrepot.shared.events.contracts.reference import Reference
from entrepot.shared.money import Money
from entrepot.subgraphs.payments.ledger import LedgerAccount, LedgerFact
from entrepot.subgraphs.payments.states import SECURED, PaymentStatus


class Base(TableDefaults, DeclarativeBase):
    """Tables of this subgraph's database."""

    metadata = new_metadata()


class Payment(TimestampMixin, Base):
    """One payment of an order or the like, which may have several; its id is chosen by the sender of the command.

    A pre-cancelled payment has no customer and no amount: it was voided before authorization was requested. While
    `next_attempt_at` is set, the provider has to be called. The process that calls it has the lease; `attempts`, which
    only a claim increments, proves the claim when the outcome is recorded. `traceparent` is the span that requested
    the call, and `cause` what the outcome is published for.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("minor_units >= 0", name="not_negative"),
        CheckConstraint("(minor_units IS NULL) = (currency IS NULL)", name="amount_is_whole"),
        Index("ix_payments_reference", "reference_id"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    reference_type: Mapped[str] = mapped_column(String(64), server_default="Order")
    reference_id: Mapped[str] = mapped_column("order_id", String(ID_LENGTH), key="reference_id")
    customer_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    minor_units: Mapped[int | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    payment_token: Mapped[str | None]
    status: Mapped[PaymentStatus] = mapped_column(String(32))
    idempotency_key: Mapped[str] = mapped_column(String(ID_LENGTH), unique=True)
    provider_reference: Mapped[str | None]
    decline_reason: Mapped[str | None] = mapped_column(String(64))
    void_requested: Mapped[bool] = mapped_column("is_void_wanted", key="void_requested")
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime | None] = mapped_column(index=True)
    lease_until: Mapped[datetime | None]
    give_up_at: Mapped[datetime | None]
    traceparent: Mapped[str | None] = mapped_column(String(64))
    cause: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))

    @property
    def reference(self) -> Reference:
        """What is paid."""
        return Reference(type=self.reference_type, id=self.reference_id)

    @property
    def amount(self) -> Money | None:
        """What it is about; None for a pre-cancelled payment."""
        if self.minor_units is None or self.currency is None:
            return None
        return Money(self.minor_units, self.currency)

    @property
    def is_secured(self) -> bool:
        return self.status in SECURED


class PaymentMethod(TimestampMixin, Base):
    """A payment method that a customer has added for one payment.

    The token leaves this table for the payment that takes it, and is deleted everywhere once that has an outcome.
    """

    __tablename__ = "payment_methods"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    token: Mapped[str | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LedgerEntry(Base):
    """One side of one fact about money; append-only. The entries of one `transaction_id` sum to zero."""

    __tablename__ = "ledger_entries"
    __table_args__ = (Index("ix_ledger_entries_account", "account", "currency"),)

    transaction_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account: Mapped[LedgerAccount] = mapped_column(String(32), primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"), index=True)
    fact: Mapped[LedgerFact] = mapped_column(String(32))
    minor_units: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    occurred_at: Mapped[datetime]
