"""Which labels of progressive overrides can change how an operation is planned."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.router.graph import Graph
from entrepot.router.operation import NormalizedOperation
from entrepot.router.selection import Field, SelectionSet
from entrepot.router.supergraph import parse_field_set


def collect_labels(graph: Graph, operation: NormalizedOperation) -> tuple[str, ...]:
    """The labels, in their order, of all fields that the operation selects or that a plan may fetch for them.

    These are fields of keys, fields that `@requires` names, and what contexts are read from.
    """
    if not graph.supergraph.override_labels:
        return ()
    search = _Search(graph)
    search.visit(operation.selections, graph.supergraph.root_types[operation.kind])
    return tuple(sorted(search.labels))


@dataclass(slots=True)
class _Search:
    graph: Graph
    labels: set[str] = field(default_factory=set)
    _types: set[str] = field(default_factory=set)
    _fields: set[tuple[str, str]] = field(default_factory=set)
    _inputs: set[tuple[str, str]] = field(default_factory=set)

    def visit(self, selections: SelectionSet, type_name: str) -> None:
        self._visit_keys(type_name)
        for item in selections:
            if not isinstance(item, Field):
                self.visit(item.selections, item.type_condition or type_name)
                continue
            for name in self._related(type_name):
                definition = self.graph.supergraph.types[name].fields.get(item.name)
                if definition is not None:
                    self._visit_field(name, item.name)
                    if item.selections:
                        self.visit(item.selections, definition.type.name)

    def _related(self, type_name: str) -> frozenset[str]:
        """The type, those that an object of it may have, and the interfaces that add fields to these."""
        concrete = self.graph.implementations.get(type_name, frozenset())
        interfaces = (self.graph.interfaces.get(name, frozenset()) for name in (type_name, *concrete))
        return concrete.union((type_name,), *interfaces)

    def _visit_keys(self, type_name: str) -> None:
        for name in self._related(type_name) - self._types:
            self._types.add(name)
            for join in self.graph.supergraph.types[name].joins:
                self._visit_input(join.key, name)

    def _visit_field(self, type_name: str, field_name: str) -> None:
        if (type_name, field_name) in self._fields:
            return
        self._fields.add((type_name, field_name))
        for join in self.graph.supergraph.types[type_name].fields[field_name].joins:
            if join.override_label is not None:
                self.labels.add(join.override_label)
            self._visit_input(join.requires, type_name)
            for use in join.context_arguments:
                for name, contexts in self.graph.contexts.items():
                    if use.context in contexts:
                        self._visit_input(use.selection, name)

    def _visit_input(self, text: str | None, type_name: str) -> None:
        if text is not None and (text, type_name) not in self._inputs:
            self._inputs.add((text, type_name))
            self.visit(parse_field_set(text), type_name)
