"""Variants: the versions of a product that are bought, and their prices."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from entrepot.shared.errors import InvalidInput, NotFound
from entrepot.shared.input_checks import check_input
from entrepot.shared.scalars import Id
from entrepot.subgraphs.catalog import models
from entrepot.subgraphs.catalog.checks import check_attributes, check_name, check_sku
from entrepot.subgraphs.catalog.errors import NameTaken
from entrepot.subgraphs.catalog.models import Variant
from entrepot.subgraphs.catalog.prices import Price, check_prices
from entrepot.subgraphs.catalog.repository import CatalogRepository
from entrepot.subgraphs.catalog.service.products import find_product
from entrepot.subgraphs.catalog.service.unit import Unit, announce_product, announce_variants


@dataclass(frozen=True, slots=True)
class VariantAttribute:
    """A property that distinguishes a variant from others of its product."""

    name: str
    """The property, such as size; 1 to 200 characters. No two attributes of a variant have the same name."""
    value: str
    """The value, such as XL; 1 to 200 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateProductVariant:
    """Add a variant with its prices to a product."""

    product_id: Id
    """The product that it is a version of: `Product.id`. A product has at most 100 variants by default."""
    sku: str
    """The stock keeping unit: the merchant's own unique code of the variant, 1 to 200 characters."""
    name: str
    """The name for display beside the name of the product, 1 to 200 characters."""
    prices: tuple[Price, ...]
    """Its prices by channel and currency, at most 200; without a price it cannot be ordered."""
    attributes: tuple[VariantAttribute, ...] = ()
    """Its distinguishing properties, at most 50."""


async def create_variant(unit: Unit, command: CreateProductVariant) -> Variant:
    """The new variant, announced; raises InvalidInput, NotFound for a product that is not known, NameTaken."""
    repository = CatalogRepository(unit.session)
    sku = command.sku.strip()
    attributes = {attribute.name: attribute.value for attribute in command.attributes}
    with check_input() as checks:
        checks.run(check_name, command.name)
        checks.run(check_sku, sku)
        checks.run(check_attributes, attributes)
        checks.run(_check_doubles, command.attributes)
        checks.run(check_prices, command.prices)
    product = await find_product(unit, command.product_id, for_update=True)
    if await repository.is_sku_taken(sku):
        raise NameTaken("SKU", sku, "sku")
    limit = unit.dependencies.settings.max_variants_per_product
    if await repository.count_variants(product.id) >= limit:
        raise InvalidInput(f"A product has at most {limit} variants.")
    variant = Variant(
        id=unit.new_id("var"),
        product_id=product.id,
        sku=sku,
        name=command.name.strip(),
        attributes=attributes,
        revision=0,
        created_at=unit.now,
        updated_at=unit.now,
    )
    repository.add(variant)
    product.search_text = f"{product.search_text} {sku.casefold()}"
    product.updated_at = unit.now
    # The row that the prices refer to comes first.
    await unit.session.flush()
    await _write_prices(unit, variant, command.prices)
    await announce_variants(unit, product, [variant])
    await announce_product(unit, product)
    return variant


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProductVariantPrices:
    """Add or replace prices of a variant; carts show them from then on, orders keep theirs."""

    variant_id: Id
    """The variant: `ProductVariant.id`."""
    prices: tuple[Price, ...]
    """The prices to add or replace, at most 200; those of other channels and currencies stay."""


async def set_prices(unit: Unit, command: SetProductVariantPrices) -> Variant:
    """The variant with its prices, announced when any of them differs; raises InvalidInput, NotFound."""
    check_prices(command.prices)
    variant = await find_variant(unit, command.variant_id, for_update=True)
    if await _write_prices(unit, variant, command.prices):
        await announce_variants(unit, await find_product(unit, variant.product_id), [variant])
    return variant


async def find_variant(unit: Unit, variant_id: str, *, for_update: bool = False) -> Variant:
    """The variant; raises NotFound."""
    variant = await CatalogRepository(unit.session).get_variant(variant_id, for_update=for_update)
    if variant is None:
        raise NotFound("variant", variant_id, path=("variantId",))
    return variant


def _check_doubles(attributes: Sequence[VariantAttribute]) -> None:
    with check_input() as checks:
        names: set[str] = set()
        for position, attribute in enumerate(attributes):
            checks.run(_check_first, attribute.name, names, ("attributes", str(position), "name"))
            names.add(attribute.name)


def _check_first(name: str, others: Collection[str], path: tuple[str, ...]) -> None:
    if name in others:
        raise InvalidInput(f"There are two attributes named {name!r}. Leave one out.", path=path)


async def _write_prices(unit: Unit, variant: Variant, prices: Sequence[Price]) -> bool:
    """Whether any price is not as it was."""
    rows = await CatalogRepository(unit.session).list_prices_by_variant_ids([variant.id])
    known = {_terms_of(row) for row in rows}
    wanted = {(price.channel, price.amount.currency): price.to_model(variant.id) for price in prices}
    changed = [row for row in wanted.values() if _terms_of(row) not in known]
    for row in changed:
        await unit.session.merge(row)
    if changed:
        variant.updated_at = unit.now
    return bool(changed)


def _terms_of(price: models.Price) -> tuple[str, str, int, int | None]:
    return price.channel, price.currency, price.minor_units, price.compare_at_minor_units
