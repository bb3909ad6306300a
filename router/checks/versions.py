"""One version of a graph: its subgraphs, what they compose to, and what clients see of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import GraphQLSchema

from entrepot.router.composition import CompositionResult, SubgraphSchema, compose
from entrepot.router.graph import Graph, build_graph
from entrepot.router.supergraph import Supergraph, read_supergraph


@dataclass(frozen=True)
class Version:
    """`files` names by subgraph where its SDL was read; a version that is given as a supergraph has no subgraphs.

    `events` are the JSON Schemas of its event contracts by name, None where it does not say.
    """

    name: str
    subgraphs: tuple[SubgraphSchema, ...]
    files: Mapping[str, str]
    composition: CompositionResult
    events: Mapping[str, Mapping[str, Any]] | None = None

    @classmethod
    def compose(cls, name: str, subgraphs: tuple[SubgraphSchema, ...], files: Mapping[str, str]) -> Version:
        """The version that the subgraphs compose to, or that says why they do not."""
        return cls(name, subgraphs, files, compose(subgraphs))

    @classmethod
    def read(cls, name: str, supergraph_sdl: str) -> Version:
        """The version of a supergraph that was composed before."""
        return cls(name, (), {}, CompositionResult(supergraph_sdl))

    @property
    def is_composed(self) -> bool:
        return self.composition.supergraph_sdl is not None

    @cached_property
    def supergraph(self) -> Supergraph:
        """Raises SupergraphInvalid for a supergraph that cannot be read."""
        assert self.composition.supergraph_sdl is not None, "what does not compose is reported, not compared"
        return read_supergraph(self.composition.supergraph_sdl)

    @cached_property
    def graph(self) -> Graph:
        """What operations are planned over."""
        return build_graph(self.supergraph)

    @property
    def api_schema(self) -> GraphQLSchema:
        """What clients see."""
        return self.supergraph.api_schema
