"""The query graph as a diagram: dot for Graphviz, or Mermaid."""

from __future__ import annotations

from collections.abc import Iterable

from entrepot.router.graph.graph import Graph
from entrepot.router.selection import print_selections

Line = tuple[str, str, str]


def print_dot(graph: Graph) -> str:
    """The graph in the dot language: one box a type and subgraph, fields solid, key hops dashed."""
    lines = ["digraph supergraph {", "  rankdir=LR; node [shape=box];"]
    lines += [f'  "{node}";' for node in sorted(map(str, graph.nodes.values()))]
    lines += [f'  "{start}" -> "{end}" [label="{_quote(label)}"];' for start, end, label in _field_lines(graph)]
    lines += [
        f'  "{start}" -> "{end}" [style=dashed, label="{_quote(label)}"];' for start, end, label in _key_lines(graph)
    ]
    return "\n".join([*lines, "}"]) + "\n"


def print_mermaid(graph: Graph) -> str:
    """The graph as a mermaid flowchart, with the same lines as the dot form."""
    names = {str(node): f"n{index}" for index, node in enumerate(graph.nodes.values())}
    lines = ["flowchart LR"]
    lines += [f'  {name}["{text}"]' for text, name in names.items()]
    lines += [f'  {names[start]} -->|"{_quote(label)}"| {names[end]}' for start, end, label in _field_lines(graph)]
    lines += [f'  {names[start]} -.->|"{_quote(label)}"| {names[end]}' for start, end, label in _key_lines(graph)]
    return "\n".join(lines) + "\n"


def _field_lines(graph: Graph) -> Iterable[Line]:
    for (type_name, field_name), edges in sorted(graph.edges.items(), key=lambda item: item[0]):
        for edge in edges.values():
            start, end = f"{edge.entity_type}/{edge.subgraph}", f"{edge.type_name}/{edge.subgraph}"
            if edge.is_leaf or edge.is_external or edge.entity_type != type_name:
                continue
            requires = f" requires {print_selections(edge.requires)}" if edge.requires else ""
            contexts = "".join(f" {use.argument} from ${use.context}" for use in edge.contexts)
            yield start, end, f"{field_name}{requires}{contexts}"


def _key_lines(graph: Graph) -> Iterable[Line]:
    for node in sorted(graph.nodes.values(), key=str):
        for key in node.keys:
            if not key.is_resolvable:
                continue
            for other in graph.subgraphs:
                if other != node.subgraph and (other, node.name) in graph.nodes:
                    yield f"{node.name}/{other}", str(node), f"key {key.text}"


def _quote(text: str) -> str:
    return text.replace('"', "'")
