"""Tables of the catalog."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from entrepot.shared.db import ID_LENGTH, TableDefaults, TimestampMixin, Versioned, new_metadata
from entrepot.shared.money import Money
from entrepot.subgraphs.catalog.states import ProductStatus

DEFAULT_CHANNEL: Final = "default"


class Base(TableDefaults, DeclarativeBase):
    """Tables of this subgraph's database."""

    metadata = new_metadata()


class Seller(TimestampMixin, Base):
    """Who sells a product."""

    __tablename__ = "sellers"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str]


class Category(TimestampMixin, Base):
    """A node of the category tree; `path` holds the ids from the root down to itself, each followed by a slash."""

    __tablename__ = "categories"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("categories.id"), index=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    path: Mapped[str] = mapped_column(Text, index=True)
    image_url: Mapped[str | None] = mapped_column(Text)
    image_alt_text: Mapped[str | None]


class Product(Versioned, TimestampMixin, Base):
    """What is shown on one page; what is bought are its variants."""

    __tablename__ = "products"
    __table_args__ = (Index("ix_products_status", "status", "id"), Index("ix_products_category", "category_id", "id"))

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    seller_id: Mapped[str] = mapped_column(ForeignKey("sellers.id"))
    category_id: Mapped[str | None] = mapped_column(ForeignKey("categories.id"))
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(Text)
    status: Mapped[ProductStatus] = mapped_column(String(16))
    is_featured: Mapped[bool]
    search_text: Mapped[str] = mapped_column(Text)


_IS_FEATURED = Product.is_featured.is_(True)
Index("ix_products_featured", Product.id, sqlite_where=_IS_FEATURED, postgresql_where=_IS_FEATURED)


class ProductImage(Base):
    """A picture of a product; the one at position 0 stands for it in lists."""

    __tablename__ = "product_images"
    __table_args__ = (UniqueConstraint("product_id", "position"),)

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    url: Mapped[str] = mapped_column(Text)
    alt_text: Mapped[str]
    position: Mapped[int]


class Variant(Versioned, TimestampMixin, Base):
    """What is bought: one size, one colour."""

    __tablename__ = "variants"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    sku: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    attributes: Mapped[dict[str, str]] = mapped_column(JSON)
    revision: Mapped[int]


class Price(Base):
    """What a variant costs in one channel and currency."""

    __tablename__ = "prices"
    __table_args__ = (
        CheckConstraint("minor_units >= 0", name="not_negative"),
        Index("ix_prices_amount", "channel", "currency", "minor_units"),
    )

    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    minor_units: Mapped[int]
    compare_at_minor_units: Mapped[int | None]

    @property
    def amount(self) -> Money:
        return Money(self.minor_units, self.currency)

    @property
    def compare_at(self) -> Money | None:
        """What it cost before, shown struck through."""
        return None if self.compare_at_minor_units is None else Money(self.compare_at_minor_units, self.currency)
