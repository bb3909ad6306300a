"""The stages of planning as text, as `entrepot plan --stages` prints them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from entrepot.router.graph import FieldEdge, Graph
from entrepot.router.plan import Path, print_path
from entrepot.router.planning.collected_fields import CollectedField
from entrepot.router.planning.fetch_graph.model import FetchGraph, FetchNode
from entrepot.router.planning.fetch_graph.site import ObjectGroup
from entrepot.router.planning.fetch_graph.tree import print_tree
from entrepot.router.planning.lookahead.fetch_set import FetchSet, cost
from entrepot.router.planning.lookahead.options import Choice, Option
from entrepot.router.selection import Condition, print_selections

Observe = Callable[[str, Callable[[], str]], None]
"""Called at each stage with its name and a function that prints it, to be called at once or never."""


def ignore_stage(_name: str, _show: Callable[[], str]) -> None:
    """For planning that nobody watches."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One field of the cover: who could resolve it for the objects of a group, and which way was chosen."""

    path: Path
    group: ObjectGroup
    collected: CollectedField
    choices: tuple[Choice, ...]
    chosen: Choice
    for_requirement: bool


def print_reach(graph: Graph, collected_fields: Iterable[tuple[str, CollectedField]]) -> str:
    """Each collected field of a type with the subgraphs that define it, and how."""
    lines = []
    for type_name, collected in collected_fields:
        edges = graph.edges_of(type_name, collected.name).values()
        owners = ", ".join(_print_edge(edge, graph) for edge in edges)
        lines.append(f"{type_name}.{_print_field(collected)}: {owners or 'answered by the router'}")
    return "\n".join(lines)


def print_decisions(decisions: Iterable[Decision], graph: Graph) -> str:
    """The cover, field by field: every choice with its cost beyond what holds the field, `*` before the chosen."""
    lines: list[str] = []
    for item in decisions:
        types = "|".join(sorted(item.group.entities))
        purpose = " (for another field)" if item.for_requirement else ""
        lines.append(f"{print_path(item.path) or 'root'}: {types}.{_print_field(item.collected)}{purpose}")
        for choice in item.choices:
            mark = "*" if choice is item.chosen else " "
            parts = " and ".join(_print_option(option, graph) for option in choice.options)
            lines.append(f"  {mark} {parts}: {_print_cost(choice.fetch_set, graph)}")
    return "\n".join(lines) or "every field is resolved where it stands"


def print_fetches(fetches: FetchGraph, graph: Graph) -> str:
    """The fetch graph: each node with its wave, what it waits for, what it is sent and what it asks."""
    return "\n".join(line for node in fetches.nodes for line in _print_node(node, graph))


def _print_node(node: FetchNode, graph: Graph) -> list[str]:
    head = f"#{node.number} {graph.subgraph_name(node.subgraph)}, wave {node.wave}"
    if node.segment:
        head += f", segment {node.segment}"
    if node.waits_for:
        head += f", after {' '.join(f'#{number}' for number in sorted(needed.number for needed in node.waits_for))}"
    if node.conditions:
        head += f", if {_print_conditions(node.conditions)}"
    lines = [head]
    if not node.is_root:
        lines.append(f"  at {print_path(node.final_path())}")
    for name, sent in sorted(node.inputs.items(), key=lambda item: item[0] or ""):
        if sent.fields:
            lines.append(f"  sends {name or sent.typename} {{ {print_selections(sent.fields.values())} }}")
    lines += [f"  fills {name} from {item.levels} up" for name, item in sorted(node.contexts.items())]
    lines += [f"  asks {name} {{ {print_tree(tree, graph)} }}" for name, tree in sorted(node.trees.items())]
    return lines


def _print_field(collected: CollectedField) -> str:
    name = collected.name if collected.key == collected.name else f"{collected.key}: {collected.name}"
    arguments = f"({', '.join(map(str, collected.arguments))})" if collected.arguments else ""
    return f"{name}{arguments}{' { … }' if collected.selections else ''}"


def _print_edge(edge: FieldEdge, graph: Graph) -> str:
    notes = []
    if edge.is_external:
        notes.append("external")
    if edge.requires:
        notes.append(f"requires {print_selections(edge.requires)}")
    if edge.provides:
        notes.append(f"provides {print_selections(edge.provides)}")
    notes += [f"{use.argument} from ${use.context} {{ {print_selections(use.selections)} }}" for use in edge.contexts]
    return graph.subgraph_name(edge.subgraph) + (f" ({'; '.join(notes)})" if notes else "")


def _print_option(option: Option, graph: Graph) -> str:
    name = graph.subgraph_name(option.edge.subgraph)
    if option.move is None:
        return f"here ({name})"
    key = f"key {option.move.key.text}" if option.move.key.text else "the root"
    return f"{name} by {key}"


def _print_cost(fetch_set: FetchSet, graph: Graph) -> str:
    waves, fetches = cost(fetch_set, len(graph.subgraphs))
    return f"{waves} {'wave' if waves == 1 else 'waves'}, {fetches} {'fetch' if fetches == 1 else 'fetches'}"


def _print_conditions(conditions: Iterable[Condition]) -> str:
    return " and ".join(
        f"deferred {item.deferral}" if item.is_deferral else f"{'' if item.expected else 'not '}${item.variable}"
        for item in conditions
    )
