"""The composer: subgraphs to supergraph, with coded and located errors and hints."""

from __future__ import annotations

from entrepot.router.composition.compose import CompositionResult, compose
from entrepot.router.composition.contracts import CONTRACT_ERROR_CODES, build_contract
from entrepot.router.composition.definitions import Location
from entrepot.router.composition.errors import ERROR_CODES, CompositionError, ErrorCode
from entrepot.router.composition.hints import HINT_CODES, CompositionHint, HintCode
from entrepot.router.composition.subgraph import SubgraphSchema

__all__ = [
    "CONTRACT_ERROR_CODES",
    "ERROR_CODES",
    "HINT_CODES",
    "CompositionError",
    "CompositionHint",
    "CompositionResult",
    "ErrorCode",
    "HintCode",
    "Location",
    "SubgraphSchema",
    "build_contract",
    "compose",
]
