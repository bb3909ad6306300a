"""Use cases of the catalog."""

from entrepot.subgraphs.catalog.service.categories import CreateCategory, create_category, find_category
from entrepot.subgraphs.catalog.service.products import (
    ArchiveProduct,
    CreateProduct,
    PublishProduct,
    archive_product,
    create_product,
    find_product,
    publish_product,
)
from entrepot.subgraphs.catalog.service.unit import Unit
from entrepot.subgraphs.catalog.service.variants import (
    CreateProductVariant,
    SetProductVariantPrices,
    VariantAttribute,
    create_variant,
    find_variant,
    set_prices,
)

__all__ = [
    "ArchiveProduct",
    "CreateCategory",
    "CreateProduct",
    "CreateProductVariant",
    "PublishProduct",
    "SetProductVariantPrices",
    "Unit",
    "VariantAttribute",
    "archive_product",
    "create_category",
    "create_product",
    "create_variant",
    "find_category",
    "find_product",
    "find_variant",
    "publish_product",
    "set_prices",
]
