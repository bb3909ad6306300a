"""The life of a product."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from entrepot.shared.states import StateMachine, Transition


class ProductStatus(StrEnum):
    """Who can see a product and whether it can be bought."""

    DRAFT = "DRAFT"  # being prepared; only staff see it
    ACTIVE = "ACTIVE"  # for sale
    ARCHIVED = "ARCHIVED"  # no longer for sale; orders still refer to it


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
