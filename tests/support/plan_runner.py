"""A tiny synchronous interpreter of query plans, so that plans are checked by data and not only by text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any

from entrepot.router.plan import (
    ConditionNode,
    EntityFetch,
    Fetch,
    OutputField,
    OutputSelection,
    Path,
    PlanNode,
    QueryPlan,
    Representation,
    expand_calls_per_context,
)
from entrepot.router.selection import Condition, Field, SelectionSet

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
        """The client's `data`, all deferred parts delivered; a subscription answers its first event, completed."""
        if self.plan.subscription is not None:
            self._run_fetch(self.plan.subscription)
        if self.plan.root is not None:
            self._run(self.plan.root)
        for part in self.plan.deferred:
            if part.root is not None:
                self._run(part.root)
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
        return all(item.is_deferral or bool(self.variables[item.variable]) is item.expected for item in conditions)

    def _run_fetch(self, fetch: Fetch) -> None:
        if any(call.contexts for call in fetch.entities):
            self._run_groups(fetch)
            return
        variables = {name: self.variables[name] for name in fetch.variables if name in self.variables}
        placed: dict[str, list[list[dict[str, Json]]]] = {}
        for call in fetch.entities:
            representations, objects = self._collect(call)
            variables[call.variable] = representations
            placed[call.alias] = objects
        roots = [item for path in fetch.paths or ((),) for item in find_objects(self.data, path)]
        if not (any(placed.values()) if fetch.entities else roots):
            return
        self.asked.append(fetch.subgraph)
        answer = self.ask(fetch.subgraph, fetch.operation, variables)
        if not fetch.entities:
            for item in roots:
                merge(item, deepcopy(answer))
            return
        for alias, objects in placed.items():
            for entity, targets in zip((answer or {}).get(alias) or [], objects, strict=False):
                for target in targets if entity is not None else ():
                    merge(target, deepcopy(entity))

    def _run_groups(self, fetch: Fetch) -> None:
        """A request for each call and set of context values; the real executor makes one of them all."""
        for number, call in enumerate(fetch.entities):
            only = expand_calls_per_context(fetch, [int(index == number) for index in range(len(fetch.entities))])
            groups: dict[str, tuple[dict[str, Json], list[dict[str, Json]]]] = {}
            for path in call.paths if self._hold(call.conditions) else ():
                for *above, item in find_chains(self.data, path):
                    values = {
                        each.variable: _leaf(_read(above[-each.levels], each.selections)) for each in call.contexts
                    }
                    if all(values[each.variable] is not None or not each.type.endswith("!") for each in call.contexts):
                        groups.setdefault(json.dumps(values), (values, []))[1].append(item)
            for values, items in groups.values():
                self._run_group(only, values, items)

    def _run_group(self, fetch: Fetch, values: dict[str, Json], items: list[dict[str, Json]]) -> None:
        (call,) = fetch.entities
        given = {name: self.variables[name] for name in fetch.variables if name in self.variables} | values
        kept = [(item, sent) for item in items if (sent := represent(item, call.representations)) is not None]
        if kept:
            self.asked.append(fetch.subgraph)
            answer = self.ask(fetch.subgraph, fetch.operation, {**given, call.variable: [sent for _, sent in kept]})
            for (item, _), entity in zip(kept, answer[call.alias], strict=True):
                merge(item, entity)

    def _collect(self, call: EntityFetch) -> tuple[list[Json], list[list[dict[str, Json]]]]:
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


def find_chains(root: Json, path: Path) -> list[list[dict[str, Json]]]:
    """The objects of the merged data that a path leads to, each after all those on the way to it."""
    found = [[root]]
    for step in path:
        found = [[*chain, item] for chain in found for item in find_objects(chain[-1], (step,))]
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


def _leaf(value: Json) -> Json:
    """The one leaf of what a context's selection read."""
    if isinstance(value, list):
        return [_leaf(item) for item in value]
    if not isinstance(value, dict):
        return value
    (only,) = (inner for name, inner in value.items() if name != "__typename")
    return _leaf(only)


def _read_value(value: Json, selections: SelectionSet) -> Json:
    if isinstance(value, list):
        return [_read_value(item, selections) for item in value]
    return _read(value, selections) if isinstance(value, dict) and selections else value
