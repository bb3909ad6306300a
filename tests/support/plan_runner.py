"""A tiny synchronous interpreter of query plans, so that plans are checked by data and not only by text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from router.plan import (
    ConditionNode,
    EntityCall,
    Fetch,
    OutputField,
    OutputSelection,
    Path,
    PlanNode,
    QueryPlan,
    Representation,
)
from router.selection import Condition, Field, SelectionSet

Json = Any
Ask = Callable[[str, str, dict[str, Json]], Json]
"""Subgraph name, operation text and variables to the response's `data`."""

_MISSING = object()


class PlanRunner:
    """Runs one plan with one set of variables; `asked` lists the subgraphs in the order they were asked."""

    def __init__(self, plan: QueryPlan, ask: Ask, variables: Mapping[str, Json] | None = None) -> None:
        self.plan = plan
        self.ask = ask
        self.variables = dict(variables or {})
        self.asked: list[str] = []
        self.data: dict[str, Json] = {}

    def run(self) -> Json:
        """The client's `data`; a subscription answers its first event, completed."""
        if self.plan.subscription is not None:
            self._run_fetch(self.plan.subscription)
        if self.plan.root is not None:
            self._run(self.plan.root)
        return self._project(self.data, self.plan.output)

    def _run(self, node: PlanNode) -> None:
        if isinstance(node, Fetch):
            self._run_fetch(node)
        elif isinstance(node, ConditionNode):
            if self._hold(node.conditions):
                self._run(node.step)
        else:
            for step in node.steps:
                self._run(step)

    def _hold(self, conditions: Iterable[Condition]) -> bool:
        return all(bool(self.variables[item.variable]) is item.expected for item in conditions)

    def _run_fetch(self, fetch: Fetch) -> None:
        variables = {name: self.variables[name] for name in fetch.variables if name in self.variables}
        placed: dict[str, list[list[dict[str, Json]]]] = {}
        for call in fetch.entities:
            representations, objects = self._collect(call)
            variables[call.variable] = representations
            placed[call.alias] = objects
        if fetch.entities and not any(placed.values()):
            return
        self.asked.append(fetch.subgraph)
        answer = self.ask(fetch.subgraph, fetch.operation, variables)
        if not fetch.entities:
            merge(self.data, answer)
            return
        for alias, objects in placed.items():
            for entity, targets in zip((answer or {}).get(alias) or [], objects, strict=False):
                for target in targets if entity is not None else ():
                    merge(target, entity)

    def _collect(self, call: EntityCall) -> tuple[list[Json], list[list[dict[str, Json]]]]:
        """Representations, each once, and beside each the objects it stands for."""
        found: dict[str, tuple[Json, list[dict[str, Json]]]] = {}
        if self._hold(call.conditions):
            for path in call.paths:
                for item in find_objects(self.data, path):
                    sent = represent(item, call.representations)
                    if sent is not None:
                        found.setdefault(json.dumps(sent, sort_keys=True), (sent, []))[1].append(item)
        return [sent for sent, _ in found.values()], [objects for _, objects in found.values()]

    def _project(self, item: Json, selection: OutputSelection) -> Json:
        if not isinstance(item, dict):
            return None
        by_type = dict(selection.by_type)
        name = item.get(selection.typename_source) if selection.typename_source else next(iter(by_type))
        if name not in by_type:
            return None
        answer: dict[str, Json] = {}
        for output in by_type[name]:
            if output.conditions and not any(map(self._hold, output.conditions)):
                continue
            if output.name == "__typename":
                answer[output.key] = name
                continue
            value = self._complete(item.get(output.source), output, 0)
            if value is None and output.type.shape[0]:
                return None
            answer[output.key] = value
        return answer

    def _complete(self, value: Json, output: OutputField, level: int) -> Json:
        if value is None:
            return None
        if level < output.type.list_depth:
            items = [self._complete(item, output, level + 1) for item in value]
            return None if output.type.shape[level + 1] and None in items else items
        if output.selection is not None:
            return self._project(value, output.selection)
        values = output.type.enum_values
        return None if values is not None and value not in values else value


def merge(target: Json, source: Json) -> Json:
    """Deep merge; lists element by element; returns what stands there now."""
    if isinstance(target, dict) and isinstance(source, dict):
        for key, value in source.items():
            target[key] = merge(target[key], value) if key in target else value
        return target
    if isinstance(target, list) and isinstance(source, list):
        for index, value in enumerate(source):
            target[index] = merge(target[index], value)
        return target
    return target if source is None else source


def find_objects(root: Json, path: Path) -> list[dict[str, Json]]:
    """The objects of the merged data that a path leads to."""
    found = [root]
    for step in path:
        values = [item[step.key] for item in found if step.key in item]
        for _ in range(step.list_depth):
            values = [inner for value in values if value is not None for inner in value]
        found = [
            value for value in values if value is not None and (step.types is None or value["__typename"] in step.types)
        ]
    return found


def represent(item: dict[str, Json], representations: Iterable[Representation]) -> Json:
    """What is sent for the object, None when no representation fits or a key is missing."""
    for representation in representations:
        if representation.types is None or item.get("__typename") in representation.types:
            typename = representation.typename or item["__typename"]
            fields = _read(item, representation.fields)
            keys = fields if representation.keys is None else _names(representation)
            if any(fields.get(name) is None for name in keys):
                return None
            return {"__typename": typename, **fields}
    return None


def _names(representation: Representation) -> list[str]:
    keys = representation.keys or frozenset()
    return [item.name for item in representation.fields if isinstance(item, Field) and item.response_key in keys]


def _read(item: dict[str, Json], selections: SelectionSet) -> dict[str, Json]:
    fields: dict[str, Json] = {}
    for selection in selections:
        if isinstance(selection, Field):
            value = item.get(selection.response_key, _MISSING)
            if value is not _MISSING:
                fields[selection.name] = _read_value(value, selection.selections)
        elif selection.type_condition is None or item.get("__typename") == selection.type_condition:
            fields |= _read(item, selection.selections)
    return fields


def _read_value(value: Json, selections: SelectionSet) -> Json:
    if isinstance(value, list):
        return [_read_value(item, selections) for item in value]
    return _read(value, selections) if isinstance(value, dict) and selections else value
