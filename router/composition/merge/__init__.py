"""The merge: all subgraphs' definitions become the supergraph's, with errors and hints on the way."""

from __future__ import annotations

from entrepot.router.composition.merge.schema import merge_schemas
from entrepot.router.composition.merge.state import MergeState, build_state

__all__ = ["MergeState", "build_state", "merge_schemas"]
