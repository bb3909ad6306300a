"""The graph that planning walks: types by subgraph, the fields and keys that lead from one to another."""

from router.graph.build import build_graph
from router.graph.edge import ContextUse, FieldEdge
from router.graph.graph import Edges, Graph
from router.graph.node import EntityKey, TypeNode
from router.graph.printer import print_dot, print_mermaid

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
