"""What the catalog announces: models to contracts."""

from __future__ import annotations

from collections.abc import Iterable

from entrepot.shared.events.contracts.catalog import ListedPrice, ProductChanged, VariantChanged
from entrepot.subgraphs.catalog.models import Price, Product, Variant
from entrepot.subgraphs.catalog.states import ProductStatus


def variant_changed(product: Product, variant: Variant, prices: Iterable[Price]) -> VariantChanged:
    """All the facts of a variant as they are now; sellable while its product is active."""
    return VariantChanged(
        variant_id=variant.id,
        product_id=product.id,
        seller_id=product.seller_id,
        sku=variant.sku,
        product_name=product.name,
        variant_name=variant.name,
        is_sellable=product.status == ProductStatus.ACTIVE,
        prices=tuple(ListedPrice(price.channel, price.currency, price.minor_units) for price in prices),
        revision=variant.revision,
    )


def product_changed(product: Product, image_urls: Iterable[str], variant_ids: Iterable[str]) -> ProductChanged:
    return ProductChanged(
        product_id=product.id,
        seller_id=product.seller_id,
        title=product.name,
        slug=product.slug,
        status=product.status,
        category_id=product.category_id,
        image_urls=tuple(image_urls),
        variant_ids=tuple(variant_ids),
    )
