"""Representations: where in the merged data a subgraph's key and required fields are read."""

from __future__ import annotations

from entrepot.router.graph import Graph
from entrepot.router.planning.collected_fields import FieldCollector
from entrepot.router.planning.fetch_graph.position import DataPosition
from entrepot.router.selection import Field, InlineFragment, Selection, SelectionSet


def build_representation(
    graph: Graph, collector: FieldCollector, position: DataPosition, type_name: str, selections: SelectionSet
) -> SelectionSet:
    """The fields of a field set as they stand in the merged data of an object of the type.

    A field's alias is the key it is read from, its name what the subgraph calls it. Below an abstract field each
    concrete type has a fragment of its own, with `__typename`, so that the subgraph can tell what it is given. At the
    top `__typename` is left out: every representation says it anyway.
    """
    fields: list[Selection] = []
    for collected in collector.of(selections, type_name):
        if collected.name == "__typename":
            continue
        key = position.key_of(type_name, (collected.name, collected.arguments, ""))
        below: SelectionSet = ()
        if collected.selections:
            below = _below(graph, collector, position.children[key], collected.selections)
        fields.append(Field(collected.name, None if key == collected.name else key, (), below))
    return tuple(fields)


def _below(graph: Graph, collector: FieldCollector, position: DataPosition, selections: SelectionSet) -> SelectionSet:
    by_type = {
        name: found
        for name in sorted(position.seen)
        if (found := _try_build(graph, collector, position, name, selections)) is not None
    }
    head = (Field("__typename"),) if position.has_typename else ()
    if not by_type:
        return head
    first = next(iter(by_type.values()))
    if all(found == first for found in by_type.values()):
        return head + first
    return head + tuple(InlineFragment(name, found) for name, found in by_type.items() if found)


def _try_build(
    graph: Graph, collector: FieldCollector, position: DataPosition, type_name: str, selections: SelectionSet
) -> SelectionSet | None:
    """None for a type that was seen here for another reason, and has not what this selection asks."""
    try:
        return build_representation(graph, collector, position, type_name, selections)
    except KeyError:
        return None
