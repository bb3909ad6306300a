"""Entity calls for the same objects in one request become one call.

Before: one request asks `inStock` of the products at a path by `upc`, and `shippingEstimate` by `upc price weight`.
After:  it asks both at once, by `upc price weight`.
Equivalent because a subgraph ignores what it is sent beyond the key, and null for a field it requires is sent as null.
"""

from __future__ import annotations

from router.planning.fetch_graph import FetchGraph, FetchNode
from router.planning.tree import Tree


def merge_calls(fetches: FetchGraph) -> bool:
    """Whether any two calls were merged."""
    found: dict[tuple[object, ...], FetchNode] = {}
    gone: dict[FetchNode, FetchNode] = {}
    for node in fetches.nodes:
        if node.is_root:
            continue
        place = (node.segment, node.wave, node.graph, node.path, node.conditions, frozenset(node.contexts))
        kept = found.setdefault(place, node)
        if kept is not node and _can_merge(kept, node):
            _merge(kept, node)
            gone[node] = kept
    if gone:
        fetches.nodes[:] = [node for node in fetches.nodes if node not in gone]
        for node in fetches.nodes:
            node.waits_for = {gone.get(needed, needed) for needed in node.waits_for}
    return bool(gone)


def _can_merge(kept: FetchNode, node: FetchNode) -> bool:
    """Whether both complete the same types under the same names, and what they send agrees."""
    return kept.sent.keys() == node.sent.keys() and all(
        kept.sent[name].typename == sent.typename and kept.sent[name].admits(tuple(sent.fields.values()))
        for name, sent in node.sent.items()
    )


def _merge(kept: FetchNode, node: FetchNode) -> None:
    kept.waits_for |= node.waits_for
    for name, sent in node.sent.items():
        known = kept.sent[name]
        known.add(tuple(sent.fields.values()), is_key=False)
        known.keys |= sent.keys
    for type_name, tree in node.trees.items():
        merge_trees(kept.tree(type_name), tree)


def merge_trees(kept: Tree, tree: Tree) -> None:
    kept.has_typename = kept.has_typename or tree.has_typename
    for place, entry in tree.entries.items():
        known = kept.entries.setdefault(place, entry)
        if known is not entry and known.below is not None and entry.below is not None:
            merge_trees(known.below, entry.below)
