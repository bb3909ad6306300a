"""Fetch nodes that are sent together: requests, and which of them wait for which."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.router.graph import Graph
from entrepot.router.planning.fetch_graph.model import FetchGraph, FetchNode


@dataclass(slots=True, eq=False)
class Request:
    """All fetch nodes that go to one subgraph in one wave of one segment, for one part."""

    subgraph: str
    segment: int
    wave: int
    part: int
    nodes: list[FetchNode]
    waits_for: set[Request] = field(default_factory=set)


def join_requests(fetches: FetchGraph, graph: Graph) -> list[Request]:
    """Fetch nodes to one subgraph in one wave of one segment, as one request, in a fixed order."""
    found: dict[tuple[int, int, str, int, FetchNode | None], Request] = {}
    of_node: dict[FetchNode, Request] = {}
    for node in sorted(fetches.nodes, key=lambda item: (item.segment, item.wave, item.subgraph, item.number)):
        # Root fields for objects at a path are merged there, so they share no request with those of another path.
        subgraph = graph.real(node.subgraph)
        place = (node.segment, node.wave, subgraph, node.part, node if node.is_nested_root else None)
        request = found.setdefault(place, Request(subgraph, node.segment, node.wave, node.part, []))
        request.nodes.append(node)
        of_node[node] = request
    for node, request in of_node.items():
        request.waits_for |= {of_node[needed] for needed in node.waits_for}
    return list(found.values())


def split_independent(requests: list[Request]) -> list[list[Request]]:
    """Groups that do not wait for each other, in the order of their first requests."""
    order = {request: index for index, request in enumerate(requests)}
    groups: list[list[Request]] = []
    for request in requests:
        apart = [group for group in groups if request.waits_for.isdisjoint(group)]
        linked = [item for group in groups if not request.waits_for.isdisjoint(group) for item in group]
        groups = [*apart, sorted([*linked, request], key=order.__getitem__)]
    return sorted(groups, key=lambda group: order[group[0]])
