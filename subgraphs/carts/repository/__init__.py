"""Every query of carts."""

from entrepot.subgraphs.carts.repository.batches import BatchRepository
from entrepot.subgraphs.carts.repository.carts import CartRepository
from entrepot.subgraphs.carts.repository.pruning import PruningRepository
from entrepot.subgraphs.carts.repository.reading import (
    CARTS_BY_ID,
    list_active_carts,
    read_content,
    read_current_carts,
)

__all__ = [
    "CARTS_BY_ID",
    "BatchRepository",
    "CartRepository",
    "PruningRepository",
    "list_active_carts",
    "read_content",
    "read_current_carts",
]
