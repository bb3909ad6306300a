"""From subgraphs to the supergraph: declared in this process, or in the files that `supergraph.yaml` names."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from entrepot.router.composition import CompositionResult, SubgraphSchema, build_contract, compose
from entrepot.router.config import load_supergraph_file
from entrepot.shared.errors import InternalError
from entrepot.shared.subgraph import AnySubgraph


def compose_declared(subgraphs: Sequence[AnySubgraph], urls: Mapping[str, str]) -> CompositionResult:
    """Compose the schemas of the subgraphs as they are declared; `urls` are their routing URLs by name."""
    return compose([SubgraphSchema(subgraph.name, urls[subgraph.name], subgraph.schema.sdl) for subgraph in subgraphs])


def compose_or_raise(subgraphs: Sequence[AnySubgraph], urls: Mapping[str, str]) -> str:
    """The supergraph of the declared subgraphs; raises InternalError with all reasons why there is none."""
    result = compose_declared(subgraphs, urls)
    if result.supergraph_sdl is None:
        raise InternalError("\n".join(f"{error.code}: {error.message}" for error in result.errors))
    return result.supergraph_sdl


def compose_file(path: Path, environ: Mapping[str, str] = os.environ) -> CompositionResult:
    """Compose the subgraphs that a `supergraph.yaml` lists; raises ConfigurationInvalid for one that cannot be read."""
    listed = load_supergraph_file(path, environ)
    return compose([SubgraphSchema(source.name, source.url, source.sdl) for source in listed.subgraphs])


def contract_of(
    composed: CompositionResult, include: frozenset[str], exclude: frozenset[str], *, hide_unreachable_types: bool
) -> CompositionResult:
    """The contract of what was composed, with its hints; what does not compose has none and stays as it is."""
    if composed.supergraph_sdl is None:
        return composed
    contract = build_contract(composed.supergraph_sdl, include, exclude, hide_unreachable_types=hide_unreachable_types)
    return replace(contract, hints=composed.hints)
