"""Every query of carts."""

from entrepot.subgraphs.carts.repository.carts import CartRepository
from entrepot.subgraphs.carts.repository.pruning import PruningRepository
from entrepot.subgraphs.carts.repository.reading import (
    CARTS_BY_ID,
    list_active_carts,
    read_content,
    read_current_carts,
)
from entrepot.subgraphs.carts.repository.repricing import RepricingRepository

__all__ = [
    "CARTS_BY_ID",
    "CartRepository",
    "PruningRepository",
    "RepricingRepository",
    "list_active_carts",
    "read_content",
    "read_current_carts",
]
