"""Who sees what: drafts and archived products are for staff."""

from __future__ import annotations

from typing import Any, Final

from entrepot.shared.graphql import Context
from entrepot.subgraphs.catalog.states import ProductStatus

WRITE: Final = "catalog:write"


def sees_drafts(context: Context[Any]) -> bool:
    return context.principal.has_scopes([[WRITE]])


def sees_product(context: Context[Any], product: Any) -> bool:
    return product.status == ProductStatus.ACTIVE or sees_drafts(context)


def sees_variant(context: Context[Any], variant: Any) -> bool:
    return variant.product_status == ProductStatus.ACTIVE or sees_drafts(context)
