"""Tables of carts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from entrepot.shared.db import ID_LENGTH, TableDefaults, TimestampMixin, new_metadata
from entrepot.subgraphs.carts.states import CartStatus

DEFAULT_CHANNEL: Final = "default"
CHANNEL_LENGTH: Final = 32


class Base(TableDefaults, DeclarativeBase):
    """Tables of this subgraph's database."""

    metadata = new_metadata()


class Quoted:
    """What a cart shows at its revision (a `Quote`), where the unit of work that changed it has computed that."""

    quote: Any = None


class Cart(Quoted, TimestampMixin, Base):
    """A cart of a customer (`owner_id`) or of a guest, who proves it by a secret that is kept as its SHA-256.

    `revision` counts every announcement, and nothing that a cart shows differs without one; the row is the lock of all
    that belongs to the cart. `last_used_at` is when its owner last changed or ordered it: a new price of something in
    it does not keep a cart alive. When a customer claims a guest's cart, the hash of its secret moves to
    `claimed_token_hash`: it opens nothing any more, and proves for a while that the response to a sign-in may show the
    cart.
    """

    __tablename__ = "carts"
    __table_args__ = (
        CheckConstraint("(owner_id IS NULL) <> (guest_token_hash IS NULL)", name="one_owner"),
        Index("ix_carts_owner", "owner_id", "status", "id"),
        Index("ix_carts_last_used", "status", "last_used_at"),
        Index("ix_carts_ended", "status", "updated_at"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    owner_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    guest_token_hash: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[CartStatus] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(CHANNEL_LENGTH))
    currency: Mapped[str] = mapped_column(String(3))
    revision: Mapped[int]
    order_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    merged_into_id: Mapped[str | None] = mapped_column(ForeignKey("carts.id"), index=True)
    last_used_at: Mapped[datetime]
    claimed_token_hash: Mapped[str | None] = mapped_column(String(64))
    claimed_at: Mapped[datetime | None]


class Variant(Base):
    """The catalog's variant as last announced: one row, prices included, so that it is never half old.

    `prices` holds [channel, currency, minor units].
    """

    __tablename__ = "variants"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    seller_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    sku: Mapped[str]
    product_name: Mapped[str]
    name: Mapped[str]
    is_sellable: Mapped[bool]
    prices: Mapped[list[tuple[str, str, int]]] = mapped_column(JSON)
    revision: Mapped[int]


class CartLine(TimestampMixin, Base):
    """So many pieces of a variant.

    `announced_revision` is the variant's revision that the cart was last announced with, None while the cart is not
    active: so it tells which carts are to be announced again, through one index. `quoted` is the price, the problem and
    the names that the cart's revision was announced with: what a cart shows is what it is ordered at.
    """

    __tablename__ = "cart_lines"
    __table_args__ = (
        UniqueConstraint("cart_id", "variant_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_cart_lines_announced", "variant_id", "announced_revision", "cart_id"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    cart_id: Mapped[str] = mapped_column(ForeignKey("carts.id"))
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"))
    quantity: Mapped[int]
    announced_revision: Mapped[int | None]
    quoted: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class Repricing(Base):
    """A variant that differs since its carts were last announced, up to that revision."""

    __tablename__ = "repricings"

    variant_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    revision: Mapped[int]


class Conversion(Base):
    """An order whose placing has had its effect on the cart, or must have none any more."""

    __tablename__ = "conversions"

    order_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    cart_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    noted_at: Mapped[datetime] = mapped_column(index=True)
