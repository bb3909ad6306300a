"""A fetch that nothing needs soon waits for a later fetch of the same subgraph and joins it.

Before: wave 1 asks B and C, wave 2 asks D and B, and nothing in wave 2 waits for the first B.
After:  wave 1 asks C, wave 2 asks D and B once for both.
Equivalent because every fetch still comes after all that it waits for and before all that wait for it; no wave is
added, and one request less is sent.
"""

from __future__ import annotations

from collections import defaultdict

from entrepot.router.planning.fetch_graph.model import FetchGraph, FetchNode


def delay_fetches(fetches: FetchGraph) -> bool:
    """Whether any request was saved."""
    latest = _latest_waves(fetches)
    requests: dict[tuple[int, int, str, int], list[FetchNode]] = defaultdict(list)
    for node in fetches.nodes:
        requests[node.segment, node.wave, node.subgraph, node.part].append(node)
    for (segment, wave, graph, part), nodes in sorted(requests.items()):
        if wave == 0:
            continue
        bound = min(latest[node] for node in nodes)
        for later in range(wave + 1, bound + 1):
            if (segment, later, graph, part) in requests:
                for node in nodes:
                    node.wave = later
                return True
    return False


def _latest_waves(fetches: FetchGraph) -> dict[FetchNode, int]:
    """The last wave each fetch may run in: before all that wait for it, and not after its segment's last wave."""
    last: dict[int, int] = defaultdict(int)
    for node in fetches.nodes:
        last[node.segment] = max(last[node.segment], node.wave)
    latest = {node: last[node.segment] for node in fetches.nodes}
    for node in sorted(fetches.nodes, key=lambda item: -item.wave):
        for needed in node.waits_for:
            latest[needed] = min(latest[needed], node.wave - 1)
    return latest
