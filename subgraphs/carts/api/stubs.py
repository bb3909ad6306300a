"""Entities owned elsewhere that carts only point at."""

from __future__ import annotations

import strawberry

from entrepot.shared.graphql import foreign


@foreign
class ProductVariant:
    """The unit of sale: one version of a product, such as a size in a colour, with its own SKU and prices."""

    id: strawberry.ID
    sku: str = strawberry.federation.field(external=True)
    """The stock keeping unit: the merchant's own unique code of the variant, 1 to 200 characters."""


@foreign
class Seller:
    """The merchant who sells a product."""

    id: strawberry.ID
