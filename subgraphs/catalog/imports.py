"""Takes over products as a whole: one call and few statements for a product with all its variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from entrepot.shared.errors import InvalidInput
from entrepot.subgraphs.catalog.checks import check_attributes, check_name, check_sku
from entrepot.subgraphs.catalog.errors import NameTaken, NotSellable
from entrepot.subgraphs.catalog.events import variant_changed
from entrepot.subgraphs.catalog.models import Product, Variant
from entrepot.subgraphs.catalog.prices import Price, check_prices
from entrepot.subgraphs.catalog.repository import CatalogRepository
from entrepot.subgraphs.catalog.search import build_search_text
from entrepot.subgraphs.catalog.service import CreateProduct, Unit, create_product
from entrepot.subgraphs.catalog.service.unit import PRODUCTS, announce_product
from entrepot.subgraphs.catalog.states import ProductStatus


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """A variant that does not exist yet."""

    sku: str
    name: str
    prices: Sequence[Price]
    attributes: Mapping[str, str] = field(default_factory=dict)


async def import_product(unit: Unit, command: CreateProduct, variants: Sequence[VariantDraft]) -> Product:
    """A product that is for sale at once, each of its variants announced once.

    Raises what `create_product`, `create_variant` and `publish_product` raise.
    """
    product = await create_product(unit, command)
    if not any(draft.prices for draft in variants):
        raise NotSellable(product.id)
    skus = await _read_skus(unit, variants)
    await PRODUCTS.move(unit, product, ProductStatus.ACTIVE)
    product.search_text = build_search_text(command.name, command.description, skus)
    await unit.session.flush()
    rows = [_build_variant(unit, product.id, sku, draft) for sku, draft in zip(skus, variants, strict=True)]
    unit.session.add_all(rows)
    # The rows that the prices refer to come first.
    await unit.session.flush()
    for row, draft in zip(rows, variants, strict=True):
        prices = [price.to_model(row.id) for price in draft.prices]
        unit.session.add_all(prices)
        unit.publish(variant_changed(product, row, prices))
    await announce_product(unit, product)
    return product


async def _read_skus(unit: Unit, variants: Sequence[VariantDraft]) -> list[str]:
    limit = unit.dependencies.settings.max_variants_per_product
    if len(variants) > limit:
        raise InvalidInput(f"A product has at most {limit} variants.")
    for draft in variants:
        check_name(draft.name)
        check_attributes(draft.attributes)
        check_prices(draft.prices)
        check_sku(draft.sku.strip())
    skus = [draft.sku.strip() for draft in variants]
    taken = [row.sku for row in await CatalogRepository(unit.session).list_variants_by_skus(skus)]
    taken += [sku for sku in skus if skus.count(sku) > 1]
    if taken:
        raise NameTaken("SKU", taken[0], "sku")
    return skus


def _build_variant(unit: Unit, product_id: str, sku: str, draft: VariantDraft) -> Variant:
    return Variant(
        id=unit.new_id("var"),
        product_id=product_id,
        sku=sku,
        name=draft.name.strip(),
        attributes=dict(draft.attributes),
        revision=1,
        created_at=unit.now,
        updated_at=unit.now,
    )
