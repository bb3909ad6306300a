"""The graph that planning walks: types by subgraph, the fields and keys that lead from one to another."""

from entrepot.router.graph.build import build_graph
from entrepot.router.graph.edge import ContextUse, FieldEdge
from entrepot.router.graph.graph import Edges, Graph
from entrepot.router.graph.node import EntityKey, TypeNode
from entrepot.router.graph.printer import print_dot, print_mermaid

__all__ = [
    "ContextUse",
    "Edges",
    "EntityKey",
    "FieldEdge",
    "Graph",
    "TypeNode",
    "build_graph",
    "print_dot",
    "print_mermaid",
]
