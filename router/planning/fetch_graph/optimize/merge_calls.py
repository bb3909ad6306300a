"""Entity calls for the same objects in one request become one call, and so do calls that ask the same of others.

Before: one request asks `inStock` of the products at a path by `upc`, and `shippingEstimate` by `upc price weight`.
After:  it asks both at once, by `upc price weight`.
Equivalent because a subgraph ignores what it is sent beyond the key, and null for a field it requires is sent as null.

Before: an interface object is asked for `rating` of the admins at a path, and for `rating` of the guests.
After:  it is asked once, with the representations of both.
Equivalent because an answer depends on its own representation alone.
"""

from __future__ import annotations

from entrepot.router.planning.fetch_graph.model import FetchGraph, FetchNode, RepresentationInputs
from entrepot.router.planning.fetch_graph.tree import Tree


def merge_calls(fetches: FetchGraph) -> bool:
    """Whether any two calls were merged."""
    found: dict[tuple[object, ...], list[FetchNode]] = {}
    gone: dict[FetchNode, FetchNode] = {}
    for node in fetches.nodes:
        if node.is_root:
            continue
        place = (node.segment, node.wave, node.subgraph, node.path, node.conditions, frozenset(node.contexts))
        calls = found.setdefault(place, [])
        kept = next((call for call in calls if _are_of_the_same(call, node) or _ask_the_same(call, node)), None)
        if kept is None:
            calls.append(node)
            continue
        _merge(kept, node)
        gone[node] = kept
    if gone:
        fetches.nodes[:] = [node for node in fetches.nodes if node not in gone]
        for node in fetches.nodes:
            node.waits_for = {gone.get(needed, needed) for needed in node.waits_for}
    return bool(gone)


def _are_of_the_same(kept: FetchNode, node: FetchNode) -> bool:
    """Whether both complete the same types under the same names, and what they send agrees."""
    return kept.inputs.keys() == node.inputs.keys() and all(
        kept.inputs[name].typename == sent.typename and kept.inputs[name].admits(tuple(sent.fields.values()))
        for name, sent in node.inputs.items()
    )


def _ask_the_same(kept: FetchNode, node: FetchNode) -> bool:
    """Whether they complete different types, and ask the same of what the subgraph knows by one name."""
    return kept.inputs.keys().isdisjoint(node.inputs) and all(
        kept.trees[name].is_like(tree) for name, tree in node.trees.items() if name in kept.trees
    )


def _merge(kept: FetchNode, node: FetchNode) -> None:
    kept.waits_for |= node.waits_for
    for name, sent in node.inputs.items():
        known = kept.inputs.setdefault(name, RepresentationInputs(sent.typename))
        known.add(tuple(sent.fields.values()), is_key=False)
        known.keys |= sent.keys
    for type_name, tree in node.trees.items():
        _merge_trees(kept.tree(type_name), tree)


def _merge_trees(kept: Tree, tree: Tree) -> None:
    kept.has_typename = kept.has_typename or tree.has_typename
    for place, entry in tree.entries.items():
        known = kept.entries.setdefault(place, entry)
        if known is not entry and known.below is not None and entry.below is not None:
            _merge_trees(known.below, entry.below)
