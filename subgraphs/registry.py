"""Which subgraphs there are, as data."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from entrepot.shared.subgraph import AnySubgraph

SUBGRAPHS: Final = ("accounts", "carts", "catalog", "inventory", "orders", "payments")


def load(name: str) -> AnySubgraph:
    """The declaration of the subgraph; raises KeyError for an unknown name."""
    if name not in SUBGRAPHS:
        raise KeyError(f"There is no subgraph {name!r}; there are {', '.join(SUBGRAPHS)}.")
    subgraph: AnySubgraph = import_module(f"entrepot.subgraphs.{name}.app").SUBGRAPH
    return subgraph
