"""What the catalog announces."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.events.event import Event, contract


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """What a variant costs in one channel and currency, in minor units."""

    channel: str
    currency: str
    minor_units: int


@contract("catalog.variant.changed", subject="variant_id", is_full_state=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class VariantChanged(Event):
    """A variant is new or differs now; all of its facts, so that the latest event is the current state.

    `revision` grows with every change of the variant: an older one that comes late is ignored.
    """

    variant_id: str
    product_id: str
    seller_id: str
    sku: str
    product_name: str
    variant_name: str
    is_sellable: bool
    prices: tuple[ListedPrice, ...]
    revision: int


@contract("catalog.product.changed", subject="product_id", is_full_state=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductChanged(Event):
    """A product is new or differs now; its texts, pictures and variants, each of which has events of its own."""

    product_id: str
    seller_id: str
    title: str
    slug: str
    status: str
    category_id: str | None
    image_urls: tuple[str, ...]
    variant_ids: tuple[str, ...]
    revision: int = 0
