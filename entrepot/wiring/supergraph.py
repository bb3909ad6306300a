"""From subgraphs to the supergraph: declared in this process, or those that `supergraph.yaml` names."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from entrepot.router.composition import CompositionHint, CompositionResult, SubgraphSchema, build_contract, compose
from entrepot.router.config import SupergraphFile, load_supergraph_file
from entrepot.shared.errors import InternalError
from entrepot.wiring.subgraph_sdl import fetch_sdl

if TYPE_CHECKING:
    from entrepot.shared.subgraph import AnySubgraph

ROUTING_URL_MISSING: Final = "ROUTING_URL_MISSING"
SDL_TIMEOUT: Final = 5.0


@dataclass(frozen=True, slots=True)
class CompositionInputs:
    """What a composition is made from; `origins` says by subgraph which file or URL its SDL came from."""

    listed: SupergraphFile
    subgraphs: tuple[SubgraphSchema, ...]
    origins: Mapping[str, str]


def compose_declared(subgraphs: Sequence[AnySubgraph], urls: Mapping[str, str]) -> CompositionResult:
    """Compose the schemas of the subgraphs as they are declared; `urls` are their routing URLs by name."""
    return compose([SubgraphSchema(subgraph.name, urls[subgraph.name], subgraph.schema.sdl) for subgraph in subgraphs])


def compose_or_raise(subgraphs: Sequence[AnySubgraph], urls: Mapping[str, str]) -> str:
    """The supergraph of the declared subgraphs; raises InternalError with all reasons why there is none."""
    result = compose_declared(subgraphs, urls)
    if result.supergraph_sdl is None:
        raise InternalError("\n".join(f"{error.code}: {error.message}" for error in result.errors))
    return result.supergraph_sdl


def read_inputs(
    path: Path, environ: Mapping[str, str] = os.environ, *, sdl_timeout: float = SDL_TIMEOUT
) -> CompositionInputs:
    """Read what a `supergraph.yaml` lists, and fetch the SDL of running subgraphs; not inside an event loop then.

    Raises ConfigurationInvalid for what cannot be read, SubgraphSdlUnavailable for a subgraph that gives no SDL.
    """
    listed = load_supergraph_file(path, environ)
    running = [source for source in listed.subgraphs if source.introspection is not None]
    fetched = asyncio.run(fetch_sdl(running, sdl_timeout)) if running else {}
    subgraphs = tuple(
        SubgraphSchema(source.name, source.url, fetched[source.name] if source.sdl is None else source.sdl)
        for source in listed.subgraphs
    )
    origins = {
        source.name: str(source.path) if source.introspection is None else source.introspection.url
        for source in listed.subgraphs
    }
    return CompositionInputs(listed, subgraphs, origins)


def compose_inputs(inputs: CompositionInputs) -> CompositionResult:
    """Compose what was read, with a hint for each subgraph without a URL."""
    result = compose(inputs.subgraphs)
    missing = tuple(
        CompositionHint(
            ROUTING_URL_MISSING,
            "WARN",
            f"The subgraph {source.name} has no routing_url. Set it, or give the router its URL by "
            "override_subgraph_urls; without either the router does not start.",
            source.place,
        )
        for source in inputs.listed.subgraphs
        if not source.url
    )
    return replace(result, hints=(*result.hints, *missing))


def compose_file(path: Path, environ: Mapping[str, str] = os.environ) -> CompositionResult:
    """Compose the subgraphs that a `supergraph.yaml` lists; raises as `read_inputs` does."""
    return compose_inputs(read_inputs(path, environ))


def contract_of(
    composed: CompositionResult, include: frozenset[str], exclude: frozenset[str], *, hide_unreachable_types: bool
) -> CompositionResult:
    """The contract of what was composed, with its hints; what does not compose has none and stays as it is."""
    if composed.supergraph_sdl is None:
        return composed
    contract = build_contract(composed.supergraph_sdl, include, exclude, hide_unreachable_types=hide_unreachable_types)
    return replace(contract, hints=composed.hints)
