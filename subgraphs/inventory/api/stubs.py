"""The context of a request, until the mutations import it from `context`."""

from __future__ import annotations

from entrepot.subgraphs.inventory.api.context import InventoryInfo

__all__ = ["InventoryInfo"]
