"""Supergraph to query graph: every join directive is read once, here."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

from entrepot.router.federation.joins import JoinField
from entrepot.router.graph.edge import ContextUse, FieldEdge
from entrepot.router.graph.facets import Facets, add_facets
from entrepot.router.graph.graph import Graph
from entrepot.router.graph.node import EntityKey, TypeNode
from entrepot.router.selection import Field, SelectionSet
from entrepot.router.supergraph import (
    FieldDefinition,
    Supergraph,
    TypeDefinition,
    TypeKind,
    TypeReference,
    parse_field_set,
)

Place = TypeVar("Place", bound=Hashable)

_COMPOSITE = frozenset({TypeKind.OBJECT, TypeKind.INTERFACE, TypeKind.UNION})


def build_graph(supergraph: Supergraph, active_labels: frozenset[str] = frozenset()) -> Graph:
    """The graph of a supergraph in which progressive overrides with these labels have moved their fields.

    `Graph.view` gives the same graph for other labels. Pure; `SupergraphInvalid` when a field set does not parse.
    """
    return _Builder(supergraph, active_labels & supergraph.override_labels).build()


class _Builder:
    def __init__(self, supergraph: Supergraph, labels: frozenset[str]) -> None:
        self.supergraph = supergraph
        self.labels = labels
        self.types = supergraph.types
        self.field_sets: dict[str, SelectionSet] = {}
        self.facets = Facets()
        self.composites = [item for item in self.types.values() if item.kind in _COMPOSITE]

    def build(self) -> Graph:
        implementations = self._implementations()
        nodes = {(node.subgraph, node.name): node for node in self._nodes()}
        edges = self._own_edges(nodes)
        self._drop_broken_interface_edges(nodes, edges)
        self.facets = add_facets(self.composites, nodes, edges)
        self._add_interface_object_edges(nodes, edges)
        # Subgraphs that know an object by its own type come first: among equals they are asked.
        ordered = {
            (name, field): dict(sorted(found.items(), key=lambda item: (item[1].entity_type != name, item[0])))
            for (name, field), found in edges.items()
        }
        keys = self._keys(nodes)
        field_signatures = _number({place: _edges_signature(found.values()) for place, found in ordered.items()})
        return Graph(
            supergraph=self.supergraph,
            active_labels=self.labels,
            subgraphs=tuple(sorted((*self.supergraph.subgraphs, *self.facets.real))),
            facets=self.facets.real,
            nodes=nodes,
            edges=ordered,
            keys=keys,
            implementations=implementations,
            interfaces={item.name: item.interfaces for item in self.composites},
            contexts=self._contexts(implementations),
            field_signatures=field_signatures,
            key_signatures=self._key_signatures(keys, field_signatures),
            rebuild=build_graph,
        )

    def _implementations(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {
            item.name: set(item.members) for item in self.composites if item.kind is not TypeKind.OBJECT
        }
        for item in self.composites:
            if item.kind is TypeKind.OBJECT:
                for interface in item.interfaces:
                    found[interface].add(item.name)
        return {name: frozenset(names) for name, names in found.items()}

    def _contexts(self, implementations: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
        """The contexts that an object of each type sets, by its own `@context` and by those of its abstract types."""
        found: dict[str, set[str]] = {}
        for item in self.composites:
            for name in (item.name, *implementations.get(item.name, ())):
                found.setdefault(name, set()).update(item.contexts)
        # What happens at the root of a mutation or a subscription must not happen again for the sake of a context.
        once = {name for kind, name in self.supergraph.root_types.items() if kind != "query"}
        return {name: frozenset(names) for name, names in found.items() if names and name not in once}

    def _nodes(self) -> Iterable[TypeNode]:
        for item in self.composites:
            opaque = item.interface_object_graphs
            for subgraph in sorted(item.graphs):
                is_interface_object = subgraph in opaque
                yield TypeNode(
                    subgraph=subgraph,
                    name=item.name,
                    is_abstract=item.kind is not TypeKind.OBJECT and not is_interface_object,
                    is_interface_object=is_interface_object,
                    keys=tuple(
                        EntityKey(self._field_set(join.key), join.key, join.resolvable, item.name)
                        for join in item.joins
                        if join.graph == subgraph and join.key is not None
                    ),
                    possible_types=frozenset((item.name,))
                    if is_interface_object
                    else self._possible_types(item, subgraph),
                    fields={
                        definition.name: definition.subgraph_types.get(subgraph, definition.type).name
                        for definition in item.fields.values()
                        if self._join_in(item, definition, subgraph) is not None
                    },
                )

    def _possible_types(self, item: TypeDefinition, subgraph: str) -> frozenset[str]:
        if item.kind is TypeKind.OBJECT:
            return frozenset((item.name,))
        if item.kind is TypeKind.UNION:
            return item.members_by_graph.get(subgraph, frozenset())
        return frozenset(
            other.name
            for other in self.composites
            if other.kind is TypeKind.OBJECT and item.name in other.interfaces_by_graph.get(subgraph, ())
        )

    def _field_set(self, text: str) -> SelectionSet:
        if text not in self.field_sets:
            self.field_sets[text] = parse_field_set(text)
        return self.field_sets[text]

    def _join_in(self, item: TypeDefinition, definition: FieldDefinition, subgraph: str) -> JoinField | None:
        """How the subgraph defines the field; None when it does not, or a label gave the field to another."""
        for join in definition.joins:
            if join.graph == subgraph:
                is_active = join.override_label in self.labels
                is_overriding = join.override is not None
                return join if join.override_label is None or is_active == is_overriding else None
        is_key = any(definition.name in _top_names(key) for key in self._key_sets(item, subgraph))
        if item.owner is not None:
            is_default = subgraph == item.owner and not definition.joins
            return JoinField(subgraph) if is_default or is_key else None
        return None if definition.joins else JoinField(subgraph)

    def _key_sets(self, item: TypeDefinition, subgraph: str) -> list[SelectionSet]:
        return [self._field_set(join.key) for join in item.joins if join.graph == subgraph and join.key is not None]

    def _own_edges(self, nodes: dict[tuple[str, str], TypeNode]) -> dict[tuple[str, str], dict[str, FieldEdge]]:
        edges: dict[tuple[str, str], dict[str, FieldEdge]] = {}
        for item in self.composites:
            for definition in item.fields.values():
                found = edges.setdefault((item.name, definition.name), {})
                for graph in item.graphs:
                    join = self._join_in(item, definition, graph)
                    if join is None:
                        continue
                    edge = self._edge(item, definition, graph, join)
                    # A subgraph that does not define what the field returns cannot be asked for it.
                    if edge.is_leaf or (graph, edge.type_name) in nodes:
                        found[graph] = edge
        return edges

    def _edge(self, item: TypeDefinition, definition: FieldDefinition, subgraph: str, join: JoinField) -> FieldEdge:
        reference = definition.subgraph_types.get(subgraph, definition.type)
        target = self.types.get(reference.name)
        is_leaf = target is None or target.kind not in _COMPOSITE
        # Being part of a key is no exception: a composer leaves `external` off the keys of federation 1 extensions.
        # Under a label the field is only here while the override does not hold: then it is resolved as ever.
        is_overridden = join.used_overridden and join.override_label is None
        return FieldEdge(
            subgraph=subgraph,
            name=definition.name,
            entity_type=item.name,
            type_name=reference.name,
            list_depth=reference.list_depth,
            shape=_shape(reference, is_leaf=is_leaf),
            is_leaf=is_leaf,
            is_external=join.external or is_overridden,
            requires=self._field_set(join.requires) if join.requires else (),
            provides=self._field_set(join.provides) if join.provides else (),
            contexts=tuple(
                ContextUse(use.name, use.context, use.type, self._field_set(use.selection))
                for use in join.context_arguments
            ),
        )

    def _drop_broken_interface_edges(
        self, nodes: dict[tuple[str, str], TypeNode], edges: dict[tuple[str, str], dict[str, FieldEdge]]
    ) -> None:
        """An interface's field is resolved by a subgraph only if every implementation there resolves it."""
        for (graph, name), node in nodes.items():
            if not node.is_abstract:
                continue
            for field_name in node.fields:
                for possible in node.possible_types:
                    edge = edges.get((possible, field_name), {}).get(graph)
                    if edge is None or edge.is_external or edge.needs_input:
                        edges[name, field_name].pop(graph, None)

    def _add_interface_object_edges(
        self, nodes: dict[tuple[str, str], TypeNode], edges: dict[tuple[str, str], dict[str, FieldEdge]]
    ) -> None:
        """What an `@interfaceObject` adds to its interface, every implementation has from that subgraph."""
        for item in self.composites:
            for interface in sorted(item.interfaces):
                for graph in self.types[interface].interface_object_graphs:
                    entrance = self.facets.entrance(graph, interface)
                    if (entrance, item.name) in nodes:
                        continue
                    for field_name in self.types[interface].fields:
                        edge = edges.get((interface, field_name), {}).get(entrance)
                        if edge is not None:
                            edges.setdefault((item.name, field_name), {}).setdefault(entrance, edge)

    def _keys(self, nodes: dict[tuple[str, str], TypeNode]) -> dict[tuple[str, str], tuple[EntityKey, ...]]:
        """The resolvable keys by which each subgraph is entered, those of interface objects included."""
        keys: dict[tuple[str, str], list[EntityKey]] = {}
        for (graph, name), node in nodes.items():
            resolvable = [key for key in node.keys if key.is_resolvable]
            keys.setdefault((graph, name), []).extend(resolvable)
            if node.is_interface_object and self.facets.entrance(self.facets.real.get(graph, graph), name) == graph:
                for item in self.composites:
                    if name in item.interfaces and (graph, item.name) not in nodes:
                        keys.setdefault((graph, item.name), []).extend(resolvable)
        return {place: tuple(found) for place, found in keys.items() if found}

    def _key_signatures(
        self, keys: dict[tuple[str, str], tuple[EntityKey, ...]], field_signatures: dict[tuple[str, str], int]
    ) -> dict[str, int]:
        by_type: dict[str, list[Hashable]] = {item.name: [] for item in self.composites}
        for (graph, name), found in sorted(keys.items(), key=lambda item: item[0]):
            for key in found:
                # A representation names one type, so only types entered under one name can be planned as one.
                fields = tuple(field_signatures.get((name, top)) for top in sorted(_top_names(key.fields)))
                by_type[name].append((graph, key.text, key.entity_type, fields))
        return _number({name: tuple(parts) for name, parts in by_type.items()})


def _top_names(selections: SelectionSet) -> set[str]:
    return {selection.name for selection in selections if isinstance(selection, Field)}


def _shape(reference: TypeReference, *, is_leaf: bool) -> str:
    return reference.text if is_leaf else reference.text.replace(reference.name, "")


def _edges_signature(edges: Iterable[FieldEdge]) -> Hashable:
    return tuple(
        (
            edge.subgraph,
            edge.type_name,
            edge.shape,
            edge.is_external,
            edge.requires,
            edge.provides,
            edge.contexts,
        )
        for edge in edges
    )


def _number(signatures: dict[Place, Hashable]) -> dict[Place, int]:
    numbers: dict[Hashable, int] = {}
    return {place: numbers.setdefault(signature, len(numbers)) for place, signature in signatures.items()}
