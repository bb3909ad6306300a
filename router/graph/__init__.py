"""The query graph of the planner: types by subgraph, with the fields and keys that connect them."""

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
