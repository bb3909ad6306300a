"""The composer: subgraphs to supergraph, with coded and located errors and hints."""

from __future__ import annotations

from router.composition.compose import CompositionResult, compose
from router.composition.definitions import Location
from router.composition.errors import ERROR_CODES, CompositionError, ErrorCode
from router.composition.hints import HINT_CODES, CompositionHint, HintCode
from router.composition.subgraph import SubgraphSchema

__all__ = [
    "ERROR_CODES",
    "HINT_CODES",
    "CompositionError",
    "CompositionHint",
    "CompositionResult",
    "ErrorCode",
    "HintCode",
    "Location",
    "SubgraphSchema",
    "compose",
]
