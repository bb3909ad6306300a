"""The query graph: type nodes by subgraph, and field edges between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from entrepot.router.graph.edge import FieldEdge
from entrepot.router.graph.node import EntityKey, TypeNode
from entrepot.router.supergraph import Supergraph

Edges = Mapping[str, FieldEdge]
_NO_EDGES: Edges = {}


@dataclass(slots=True, eq=False)
class Graph:
    """The query graph of a supergraph, for one set of active override labels.

    `edges[type, field]` holds by subgraph who resolves the field of that type: in the order of their names, and those
    that know the type only as its interface last.
    `implementations` holds the concrete types of every abstract type, over all subgraphs; the signatures are equal
    numbers for fields, and for keys, that all subgraphs treat alike, so that types can be planned together.
    Some `subgraphs` are `facets` of others, by which entities are entered under one of several types.
    `contexts` names those that an object of a type sets for all below it. `memo` holds what planning computes once
    per graph.
    """

    supergraph: Supergraph
    active_labels: frozenset[str]
    subgraphs: tuple[str, ...]
    nodes: Mapping[tuple[str, str], TypeNode]
    edges: Mapping[tuple[str, str], Edges]
    keys: Mapping[tuple[str, str], tuple[EntityKey, ...]]
    implementations: Mapping[str, frozenset[str]]
    interfaces: Mapping[str, frozenset[str]]
    contexts: Mapping[str, frozenset[str]]
    field_signatures: Mapping[tuple[str, str], int]
    key_signatures: Mapping[str, int]
    rebuild: Callable[[Supergraph, frozenset[str]], Graph]
    facets: Mapping[str, str] = field(default_factory=dict)
    bits: Mapping[str, int] = field(init=False)
    memo: dict[type, object] = field(default_factory=dict)
    _views: dict[frozenset[str], Graph] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bits = {name: 1 << index for index, name in enumerate(self.subgraphs)}

    def view(self, active_labels: frozenset[str]) -> Graph:
        """The graph when exactly these override labels are active; views are built once."""
        labels = active_labels & self.supergraph.override_labels
        if labels == self.active_labels:
            return self
        if labels not in self._views:
            self._views[labels] = self.rebuild(self.supergraph, labels)
        return self._views[labels]

    def edges_of(self, type_name: str, field_name: str) -> Edges:
        return self.edges.get((type_name, field_name), _NO_EDGES)

    def keys_of(self, subgraph: str, type_name: str) -> tuple[EntityKey, ...]:
        """The keys by which the subgraph can be entered at an object of the type."""
        return self.keys.get((subgraph, type_name), ())

    def is_abstract(self, type_name: str) -> bool:
        return type_name in self.implementations

    def applies(self, condition: str, type_name: str) -> bool:
        """Whether a fragment on `condition` holds for every object of the type."""
        return (
            condition == type_name
            or type_name in self.implementations.get(condition, ())
            or condition in self.interfaces.get(type_name, ())
        )

    def subgraph_name(self, subgraph: str) -> str:
        return self.supergraph.subgraphs[self.real(subgraph)].name

    def real(self, subgraph: str) -> str:
        """The subgraph to which requests are sent: a facet's own, and else the same."""
        return self.facets.get(subgraph, subgraph)
