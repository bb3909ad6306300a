"""Mutations of the catalog, for staff."""

from __future__ import annotations

from typing import Final

from entrepot.shared.errors import InvalidInput, InvalidTransition, NotFound
from entrepot.shared.graphql import Once, Shows, by_id, mutation
from entrepot.subgraphs.catalog import service
from entrepot.subgraphs.catalog.api.types import Category, Product, ProductVariant
from entrepot.subgraphs.catalog.api.visibility import WRITE
from entrepot.subgraphs.catalog.errors import NameTaken, NotSellable

_SCOPES: Final = [[WRITE]]

MUTATIONS: Final = (
    mutation(
        service.create_category,
        scopes=_SCOPES,
        is_audited=True,
        shows={"category": Shows(Category, "The new category")},
        refuses=(InvalidInput, NotFound, NameTaken),
        once=Once(lambda row: row.id, by_id(service.find_category)),
    ),
    mutation(
        service.create_product,
        scopes=_SCOPES,
        is_audited=True,
        shows={"product": Shows(Product, "The new product, a draft")},
        refuses=(InvalidInput, NotFound, NameTaken),
        once=Once(lambda row: row.id, by_id(service.find_product)),
    ),
    mutation(
        service.create_variant,
        scopes=_SCOPES,
        is_audited=True,
        shows={"variant": Shows(ProductVariant, "The new variant")},
        refuses=(InvalidInput, NotFound, NameTaken),
        once=Once(lambda row: row.id, by_id(service.find_variant)),
    ),
    mutation(
        service.set_prices,
        scopes=_SCOPES,
        is_audited=True,
        shows={"variant": Shows(ProductVariant, "The variant with its new prices")},
        refuses=(InvalidInput, NotFound),
    ),
    mutation(
        service.publish_product,
        scopes=_SCOPES,
        is_audited=True,
        shows={"product": Shows(Product, "The published product")},
        refuses=(NotFound, NotSellable, InvalidTransition),
    ),
    mutation(
        service.archive_product,
        scopes=_SCOPES,
        is_audited=True,
        shows={"product": Shows(Product, "The archived product")},
        refuses=(NotFound, InvalidTransition),
    ),
)
