"""The catalog's variant, as far as inventory can tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Self

import strawberry
from strawberry.types import Info

from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import Context, Representation, batch_field, read_key
from entrepot.subgraphs.inventory.api.loaders import StockByVariantIdLoader
from entrepot.subgraphs.inventory.api.visibility import READ
from entrepot.subgraphs.inventory.config import InventoryDependencies
from entrepot.subgraphs.inventory.repository import sum_available

if TYPE_CHECKING:
    from entrepot.subgraphs.inventory.api.types import StockLevel

InventoryContext = Context[InventoryDependencies]
InventoryInfo = Info[InventoryContext, None]


@strawberry.type
class Availability:
    """Whether a variant can be ordered now."""

    available: int
    """The number of units that can be ordered: on hand and not reserved, over all locations."""
    is_in_stock: bool
    """Whether at least one unit can be ordered."""
    is_low: bool
    """Whether few units are left: at least 1, and at most the limit that the shop has set, 5 by default."""

    @classmethod
    def of(cls, available: int, low_stock_limit: int) -> Self:
        return cls(available=available, is_in_stock=available > 0, is_low=0 < available <= low_stock_limit)


@strawberry.federation.type(keys=["id"])
class ProductVariant:
    """The unit of sale: one version of a product, such as a size in a colour, with its own SKU and prices."""

    id: strawberry.ID

    @batch_field
    async def availability(variants: list[ProductVariant], info: InventoryInfo) -> list[Availability]:  # noqa: N805
        """Whether it can be ordered now; a variant that was never in stock has 0 units."""
        available = await info.context.fetch(sum_available, [variant.id for variant in variants])
        limit = info.context.dependencies.settings.low_stock_limit
        return [Availability.of(available[variant.id] or 0, limit) for variant in variants]

    @strawberry.federation.field(requires_scopes=READ)
    async def stock_levels(
        self, info: InventoryInfo
    ) -> list[Annotated[StockLevel, strawberry.lazy("entrepot.subgraphs.inventory.api.types")]]:
        """Its stock at each location that has held it."""
        from entrepot.subgraphs.inventory.api.types import StockLevel

        rows = await info.context.loader(StockByVariantIdLoader).load(self.id)
        return [StockLevel.from_model(row) for row in rows]

    @classmethod
    async def resolve_references(
        cls, _context: InventoryContext, representations: Sequence[Representation]
    ) -> Sequence[Self | InvalidInput]:
        return [cls._of(representation) for representation in representations]

    @classmethod
    def _of(cls, representation: Representation) -> Self | InvalidInput:
        try:
            return cls(id=strawberry.ID(read_key(representation, "id")))
        except InvalidInput as error:
            return error
