"""Walks every path of the API once and reports the first one to each field that no subgraph can resolve."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from entrepot.router.composition.definitions import ROOT_KINDS, FieldDefinition
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.hints import CompositionHint, build_hint
from entrepot.router.composition.satisfiability.explain import (
    explain_dead_end,
    explain_single_calls,
    explain_unknown_type,
)
from entrepot.router.composition.satisfiability.path import Path, start_path
from entrepot.router.composition.satisfiability.query_graph import Position, Positions, QueryGraph
from entrepot.router.composition.satisfiability.reach import Options, Reach
from entrepot.router.composition.type_references import named_type


@dataclass(slots=True)
class Findings:
    """What the walks found, over all assignments of labels; one error a field."""

    errors: dict[str, CompositionError] = field(default_factory=dict)
    hints: dict[str, CompositionHint] = field(default_factory=dict)


class SatisfiabilityChecker:
    """One walk, breadth first, so that each error shows a shortest query."""

    def __init__(self, reach: Reach, findings: Findings, step_limit: int) -> None:
        self.reach = reach
        self.query_graph: QueryGraph = reach.query_graph
        self.findings = findings
        self._queue: deque[tuple[str, Positions, frozenset[str], Path]] = deque()
        self._seen: set[tuple[str, Positions, frozenset[str]]] = set()
        self._steps_left = step_limit

    def run(self) -> None:
        roots = self.query_graph.schema.roots
        for kind in ROOT_KINDS:
            name = roots.get(kind)
            if name is not None and name in self.query_graph.schema.types:
                self._visit(name, self.query_graph.root_positions(name), frozenset(), start_path(kind))
        self._walk()

    def _walk(self) -> None:
        while self._queue:
            type_name, positions, contexts, path = self._queue.popleft()
            for found in self._visible_fields(type_name):
                self._follow(type_name, positions, contexts, found, path)

    def _visible_fields(self, type_name: str) -> Iterator[FieldDefinition]:
        definition = self.query_graph.schema.types[type_name]
        for found in definition.fields.values():
            if not found.has("inaccessible"):
                yield found

    def _visit(self, type_name: str, positions: Positions, contexts: frozenset[str], path: Path) -> None:
        definition = self.query_graph.schema.types.get(type_name)
        if definition is None or definition.has("inaccessible"):
            return
        closed = self.reach.close(type_name, positions)
        if not self.query_graph.is_abstract(type_name):
            self._enqueue(type_name, closed, contexts, path)
            return
        if not self.query_graph.knows_typename(closed):
            if type_name not in self.findings.errors:
                self.findings.errors[type_name] = explain_unknown_type(self.query_graph, type_name, closed, path)
            return
        for object_type in sorted(self.query_graph.possible_types(closed)):
            narrowed = self.query_graph.narrow(closed, object_type)
            found = self.query_graph.schema.types.get(object_type)
            if narrowed and found is not None and not found.has("inaccessible"):
                self._enqueue(object_type, self.reach.close(object_type, narrowed), contexts, path.into(object_type))

    def _enqueue(self, type_name: str, positions: Positions, contexts: frozenset[str], path: Path) -> None:
        state = (type_name, positions, contexts)
        if state not in self._seen:
            self._seen.add(state)
            self._queue.append((*state, path))

    def _follow(
        self, type_name: str, positions: Positions, contexts: frozenset[str], found: FieldDefinition, path: Path
    ) -> None:
        self._steps_left -= 1
        if self._steps_left < 0:
            message = (
                "Checking what can be resolved took more steps than the limit allows and was given up; share fewer "
                "fields between subgraphs, or raise the limit."
            )
            error = CompositionError("MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED", message)
            self.findings.errors.setdefault("", error)
            self._queue.clear()
            return
        options = {
            position: definition
            for position, definition in self.reach.options(type_name, positions, found.name).items()
            if self.query_graph.contexts_read(position, definition) <= contexts
        }
        step = path.to(found)
        if not options:
            if found.coordinate not in self.findings.errors:
                error = explain_dead_end(self.reach, type_name, positions, contexts, found, step)
                self.findings.errors[found.coordinate] = error
            return
        returned = named_type(found.type)
        if returned not in self.query_graph.schema.types:
            return
        is_shared = len(options) > 1 and self.query_graph.is_abstract(returned)
        # What lies below objects that must differ is no finding of its own.
        if is_shared and not self._compare_runtime_types(found, options, step):
            return
        below = contexts | self.query_graph.contexts_set(type_name)
        if len(options) > 1 and type_name == self.query_graph.schema.roots.get("mutation"):
            self._check_single_calls(returned, options, below, found, step)
        self._visit(returned, self.reach.children(options), below, step)

    def _check_single_calls(
        self, returned: str, options: Options, contexts: frozenset[str], found: FieldDefinition, path: Path
    ) -> None:
        """A mutation is called once: one of its subgraphs must lead to everything below, not all of them together."""
        dead_ends: list[tuple[str, CompositionError]] = []
        for position, definition in sorted(options.items(), key=lambda item: item[0].subgraph):
            single = SatisfiabilityChecker(self.reach, Findings(), self._steps_left)
            single._visit(returned, self.reach.children({position: definition}), contexts, path)
            single._walk()
            self._steps_left = single._steps_left
            if not single.findings.errors:
                return
            dead_ends.append((position.subgraph, next(iter(single.findings.errors.values()))))
        self.findings.errors.setdefault(found.coordinate, explain_single_calls(found, dead_ends, path))

    def _compare_runtime_types(self, found: FieldDefinition, options: Options, path: Path) -> bool:
        """A shared field of abstract type may give different objects in different subgraphs; False if they must."""
        children: dict[Position, frozenset[str]] = {}
        for position, definition in options.items():
            child = self.query_graph.child(position, definition)
            children[child] = self.query_graph.runtime_types(child)
        kinds = set(children.values())
        if len(kinds) == 1:
            return True
        listed = "; ".join(
            f'in "{child.subgraph}": {", ".join(sorted(types)) or "none"}'
            for child, types in sorted(children.items(), key=lambda item: item[0].subgraph)
        )
        if frozenset.intersection(*kinds):
            message = f'"{found.coordinate}" is shared, and its possible types differ ({listed}).'
            hint = build_hint("INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN", message, found.coordinate)
            self.findings.hints.setdefault(found.coordinate, hint)
            return True
        message = (
            f'"{found.coordinate}" is shared, and its possible types have nothing in common ({listed}), so that '
            f"{path.print_query()} would get different answers; make them agree, or do not share the field."
        )
        places = self.query_graph.state.places(found.coordinate)
        error = CompositionError("SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES", message, places)
        self.findings.errors.setdefault(found.coordinate, error)
        return False
