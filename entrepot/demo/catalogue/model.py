"""The catalogue as values: categories from the root down, and items with the variants that are offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from entrepot.shared.money import Money


class Supply(StrEnum):
    """How much of an item there is."""

    AMPLE = "ample"
    LOW = "low"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the tree; `motif` is what its picture shows, `department` its root."""

    slug: str
    name: str
    parent: str | None
    department: str
    motif: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A variant: what it is called, what sets it apart, and what it costs in euros, now and before."""

    sku: str
    name: str
    attributes: Mapping[str, str]
    price: Money
    compare_at: Money | None


@dataclass(frozen=True, slots=True)
class Item:
    """A product, in the category of that slug."""

    slug: str
    name: str
    brand: str
    description: str
    category: str
    department: str
    motif: str
    is_featured: bool
    supply: Supply
    offers: tuple[Offer, ...]
