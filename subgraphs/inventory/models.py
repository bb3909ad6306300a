"""Tables of inventory."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from entrepot.shared.db import ID_LENGTH, TableDefaults, TimestampMixin, new_metadata
from entrepot.shared.events.contracts.reference import Reference
from entrepot.subgraphs.inventory.states import MovementKind, ReservationStatus


class Base(TableDefaults, DeclarativeBase):
    """Tables of this subgraph's database."""

    metadata = new_metadata()


class Location(TimestampMixin, Base):
    """Where stock lies."""

    __tablename__ = "locations"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]


class KnownVariant(Base):
    """What inventory knows of a variant: the catalog's facts as of `catalog_revision`.

    `stock_revision` grows with every change of the variant's stock; every change of stock locks this row first.
    """

    __tablename__ = "variants"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    sku: Mapped[str] = mapped_column(index=True)
    catalog_revision: Mapped[int]
    stock_revision: Mapped[int]


class Stock(Base):
    """The balance of one variant at one location: the sums of its ledger, kept."""

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        CheckConstraint("on_hand >= reserved", name="no_oversell"),
        Index("ix_stock_location", "location_id", "variant_id"),
    )

    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    location_id: Mapped[str] = mapped_column(ForeignKey("locations.id"), primary_key=True)
    on_hand: Mapped[int]
    reserved: Mapped[int]

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class StockMovement(Base):
    """One entry of the append-only ledger.

    `quantity` is how many units it is about, the deltas say what that did to the balance. `reference` is the id of the
    order, work order or the like that was the cause, `actor` the user's where there was one.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="moves_something"),
        Index("ix_stock_movements_variant", "variant_id", "id"),
        Index("ix_stock_movements_location", "location_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"))
    location_id: Mapped[str] = mapped_column(ForeignKey("locations.id"))
    kind: Mapped[MovementKind] = mapped_column(String(16))
    quantity: Mapped[int]
    on_hand_delta: Mapped[int]
    reserved_delta: Mapped[int]
    reason: Mapped[str | None]
    actor: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    reference: Mapped[str | None] = mapped_column(String(ID_LENGTH), index=True)
    occurred_at: Mapped[datetime]


class Reservation(TimestampMixin, Base):
    """What is kept for an order, a work order or the like, which may have several.

    Without lines it says that nothing will be kept: `refusal` is why. The id is chosen by the sender of the command.
    """

    __tablename__ = "reservations"
    __table_args__ = (
        Index("ix_reservations_expiry", "status", "expires_at"),
        Index("ix_reservations_reference", "reference_id"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    reference_type: Mapped[str] = mapped_column(String(64), server_default="Order")
    reference_id: Mapped[str] = mapped_column("order_id", String(ID_LENGTH), key="reference_id")
    status: Mapped[ReservationStatus] = mapped_column(String(16))
    refusal: Mapped[str | None] = mapped_column(String(32))
    expires_at: Mapped[datetime | None]

    @property
    def reference(self) -> Reference:
        """What it is for."""
        return Reference(type=self.reference_type, id=self.reference_id)


class ReservationLine(Base):
    """Pieces of one variant at one location that a reservation keeps."""

    __tablename__ = "reservation_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="keeps_something"),
        Index("ix_reservation_lines_stock", "variant_id", "location_id"),
    )

    reservation_id: Mapped[str] = mapped_column(ForeignKey("reservations.id"), primary_key=True)
    variant_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    location_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    quantity: Mapped[int]
