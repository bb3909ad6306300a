"""From subgraphs to the supergraph: declared in this process, or in the files that `supergraph.yaml` names."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from router.composition import CompositionResult, SubgraphSchema, compose
from router.config import load_supergraph_file
from shared.subgraph import AnySubgraph


def compose_declared(subgraphs: Sequence[AnySubgraph], urls: Mapping[str, str]) -> CompositionResult:
    """Compose the schemas of the subgraphs as they are declared; `urls` are their routing URLs by name."""
    return compose([SubgraphSchema(subgraph.name, urls[subgraph.name], subgraph.schema.sdl) for subgraph in subgraphs])


def compose_file(path: Path, environ: Mapping[str, str] = os.environ) -> CompositionResult:
    """Compose the subgraphs that a `supergraph.yaml` lists; raises ConfigurationInvalid for one that cannot be read."""
    listed = load_supergraph_file(path, environ)
    return compose([SubgraphSchema(source.name, source.url, source.sdl) for source in listed.subgraphs])
