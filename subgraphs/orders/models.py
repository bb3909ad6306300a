"""Tables of orders."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, column
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from entrepot.shared.db import ID_LENGTH, TableDefaults, TimestampMixin, Versioned, new_metadata
from entrepot.shared.money import Money
from entrepot.subgraphs.orders.states import OrderFulfilmentStatus, OrderPaymentStatus, OrderStatus


class Base(TableDefaults, DeclarativeBase):
    """Tables of this subgraph's database."""

    metadata = new_metadata()


class CartSnapshot(Base):
    """A cart as last published by carts: what `placeOrder` makes an order of.

    `changed_at` is when that arrived; None for one that arrived before this was kept, until the job of pruning sees it.
    """

    __tablename__ = "cart_snapshots"
    __table_args__ = (Index("ix_cart_snapshots_ended", "status", "changed_at"),)

    cart_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    revision: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))
    owner_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    channel: Mapped[str] = mapped_column(String(32))
    currency: Mapped[str] = mapped_column(String(3))
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    problems: Mapped[list[str]] = mapped_column(JSON)
    changed_at: Mapped[datetime | None]


class Counter(Base):
    """A number that counts up without gaps."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[int]


class Order(Versioned, TimestampMixin, Base):
    """What a customer bought, frozen as it was at that moment."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("total_minor_units >= 0", name="total_not_negative"),
        Index("ix_orders_customer", "customer_id", "id"),
        Index("ix_orders_status", "status", "id"),
        # Nearly all orders have a number: an index of the others alone stays small.
        Index(
            "ix_orders_unnumbered",
            "id",
            sqlite_where=column("number").is_(None),
            postgresql_where=column("number").is_(None),
        ),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    number: Mapped[str | None] = mapped_column(String(32), unique=True)
    """Given by a job right after the placement."""
    numbered_at: Mapped[datetime | None]
    customer_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    cart_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    live_cart_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), unique=True)
    """The cart again while the order stands: a cart becomes one order, and another only when that is cancelled."""
    channel: Mapped[str] = mapped_column(String(32))
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[OrderStatus] = mapped_column(String(16))
    payment_status: Mapped[OrderPaymentStatus] = mapped_column(String(24))
    fulfilment_status: Mapped[OrderFulfilmentStatus] = mapped_column(String(24))
    cancel_reason: Mapped[str | None] = mapped_column(String(64))
    total_minor_units: Mapped[int]
    shipping_address: Mapped[dict[str, str]] = mapped_column(JSON)
    reservation_ids: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """What inventory keeps for it; None for one of a former version, which does not know them."""
    payment_ids: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """What it is paid by; None for one of a former version."""

    @property
    def total(self) -> Money:
        return Money(self.total_minor_units, self.currency)


class OrderLine(Base):
    """One variant of an order, as it was called and cost when it was bought."""

    __tablename__ = "order_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    position: Mapped[int]
    variant_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    seller_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    sku: Mapped[str]
    product_name: Mapped[str]
    variant_name: Mapped[str]
    quantity: Mapped[int]
    unit_minor_units: Mapped[int]


class OrderStatusChange(Base):
    """One change of any axis of an order, in order: append-only, what live updates are read from."""

    __tablename__ = "order_status_changes"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[OrderStatus] = mapped_column(String(16))
    payment_status: Mapped[OrderPaymentStatus] = mapped_column(String(24))
    fulfilment_status: Mapped[OrderFulfilmentStatus] = mapped_column(String(24))
    reason: Mapped[str | None] = mapped_column(String(64))
    changed_at: Mapped[datetime]
