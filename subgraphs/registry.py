"""Which subgraphs there are, as data."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from entrepot.shared.auth import Permissions
    from entrepot.shared.subgraph import AnySubgraph

SUBGRAPHS: Final = ("accounts", "carts", "catalog", "inventory", "orders", "payments")


def load(name: str) -> AnySubgraph:
    """The declaration of the subgraph; raises KeyError for an unknown name."""
    if name not in SUBGRAPHS:
        raise KeyError(f"There is no subgraph {name!r}; there are {', '.join(SUBGRAPHS)}.")
    subgraph: AnySubgraph = import_module(f"entrepot.subgraphs.{name}.app").SUBGRAPH
    return subgraph


def load_permissions() -> Permissions:
    """The scopes and roles of the kernel and all subgraphs; no more of a subgraph is imported than these."""
    from entrepot.shared.auth import KERNEL_PERMISSIONS, merge_permissions

    declared = [import_module(f"entrepot.subgraphs.{name}.permissions").PERMISSIONS for name in SUBGRAPHS]
    return merge_permissions([KERNEL_PERMISSIONS, *declared])
