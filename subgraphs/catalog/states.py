"""The life of a product."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from entrepot.shared.states import StateMachine, Transition


class ProductStatus(StrEnum):
    """Who can see a product and whether it can be ordered."""

    DRAFT = "DRAFT"
    """In preparation: visible with the scope catalog:write only."""
    ACTIVE = "ACTIVE"
    """Published: visible to everyone and for sale."""
    ARCHIVED = "ARCHIVED"
    """Withdrawn from sale: visible with the scope catalog:write, and to orders that contain it."""


_WRITE: Final = "catalog:write"

PRODUCT: Final = StateMachine(
    "Product",
    ProductStatus.DRAFT,
    [
        Transition(ProductStatus.DRAFT, ProductStatus.ACTIVE, _WRITE),
        Transition(ProductStatus.DRAFT, ProductStatus.ARCHIVED, _WRITE),
        Transition(ProductStatus.ACTIVE, ProductStatus.ARCHIVED, _WRITE),
        Transition(ProductStatus.ARCHIVED, ProductStatus.ACTIVE, _WRITE),
    ],
)
