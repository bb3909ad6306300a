"""The context of a request as the resolvers of inventory see it."""

from __future__ import annotations

from strawberry.types import Info

from entrepot.shared.graphql import Context
from entrepot.subgraphs.inventory.config import InventoryDependencies

InventoryContext = Context[InventoryDependencies]
InventoryInfo = Info[InventoryContext, None]
