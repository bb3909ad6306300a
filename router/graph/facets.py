"""Facets: a subgraph that is planned as several, one for each `@interfaceObject` by which an entity can be entered.

An entity of two interfaces that are both interface objects in one subgraph is there under two types, each with fields
of its own: who enters it as the one cannot select what the other adds. As a subgraph of its own, each of them is
entered for its fields only. Before: `B` with objects `P` and `M`, and `Item implements P & M` elsewhere. After: `B` as
before, but entered at an `Item` nowhere, and beside it `B as M` and `B as P` with what is reached from the one type.
Requests to facets are sent to their subgraph, those of one wave as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from entrepot.router.graph.edge import FieldEdge
from entrepot.router.graph.node import TypeNode
from entrepot.router.supergraph import TypeDefinition

Nodes = dict[tuple[str, str], TypeNode]
Edges = dict[tuple[str, str], dict[str, FieldEdge]]


@dataclass(frozen=True, slots=True)
class Facets:
    """`by_interface` names facets by the subgraph and the interface object, `real` the subgraph of each facet."""

    by_interface: Mapping[tuple[str, str], str] = field(default_factory=dict)
    real: Mapping[str, str] = field(default_factory=dict)

    def entrance(self, subgraph: str, interface: str) -> str:
        """The subgraph as which objects of other types are entered by the interface object."""
        return self.by_interface.get((subgraph, interface), subgraph)


def add_facets(composites: Iterable[TypeDefinition], nodes: Nodes, edges: Edges) -> Facets:
    """Add nodes and edges of the facets that are needed; nearly always there are none."""
    needed: set[tuple[str, str]] = set()
    for item in composites:
        opaque = [
            (node.subgraph, node.name)
            for name in (*item.interfaces, item.name)
            for node in _list_interface_objects(nodes, name)
        ]
        for subgraph, name in opaque:
            if sum(place[0] == subgraph for place in opaque) > 1:
                needed.add((subgraph, name))
    by_interface = {(subgraph, name): f"{subgraph} as {name}" for subgraph, name in sorted(needed)}
    for (subgraph, name), facet in by_interface.items():
        _add_facet(nodes, edges, subgraph, name, facet)
    return Facets(by_interface, {facet: subgraph for (subgraph, _), facet in by_interface.items()})


def _list_interface_objects(nodes: Nodes, name: str) -> list[TypeNode]:
    return [node for (_, other), node in nodes.items() if other == name and node.is_interface_object]


def _add_facet(nodes: Nodes, edges: Edges, subgraph: str, interface: str, facet: str) -> None:
    """The interface object with all types that are reached from it."""
    reached: dict[str, None] = {}
    waiting = [interface]
    while waiting:
        name = waiting.pop()
        node = nodes.get((subgraph, name))
        if node is None or name in reached:
            continue
        reached[name] = None
        waiting += [*node.fields.values(), *node.possible_types]
    for name in reached:
        node = nodes[subgraph, name]
        # Other entities are entered in the subgraph itself.
        nodes[facet, name] = replace(node, subgraph=facet, keys=node.keys if name == interface else ())
        for field_name in node.fields:
            edge = edges.get((name, field_name), {}).get(subgraph)
            if edge is not None:
                edges[name, field_name][facet] = replace(edge, subgraph=facet)
