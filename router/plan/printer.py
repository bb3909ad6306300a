"""A query plan as text, as JSON, and as a diagram."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from entrepot.router.plan.nodes import (
    ConditionNode,
    ContextInput,
    DeferredPart,
    EntityFetch,
    Fetch,
    IntrospectionField,
    Parallel,
    Path,
    PlanNode,
    QueryPlan,
    Representation,
    Sequence,
)
from entrepot.router.selection import Condition, print_selections

_INDENT = "  "


def print_plan(plan: QueryPlan) -> str:
    """The plan as indented text: each fetch with its subgraph, the paths it completes and what it is sent."""
    lines: list[str] = ["QueryPlan {"]
    if plan.subscription is not None:
        lines += _indent(["Subscription {", *_indent(_print_fetch(plan.subscription)), "}"])
    steps = [] if plan.root is None else _print_node(plan.root)
    lines += _indent(_print_deferring(steps, plan.deferred) if plan.deferred else steps)
    for item in plan.introspection:
        lines += _indent([f"Introspection{_condition_suffix(item)} {{", f"{_INDENT}{item.operation}", "}"])
    return "\n".join([*lines, "}"]) + "\n"


def plan_to_json(plan: QueryPlan) -> dict[str, Any]:
    """The plan as plain JSON data, with the same content as the text."""
    data: dict[str, Any] = {"kind": plan.kind}
    if plan.subscription is not None:
        data["subscription"] = _fetch_to_json(plan.subscription)
    data["root"] = None if plan.root is None else _node_to_json(plan.root)
    if plan.deferred:
        data["deferred"] = [_part_to_json(part) for part in plan.deferred]
    if plan.introspection:
        data["introspection"] = [{"key": item.key, "operation": item.operation} for item in plan.introspection]
    return data


def plan_to_mermaid(plan: QueryPlan) -> str:
    """The fetches as a mermaid flowchart: arrows lead from a fetch to those that wait for it."""
    lines = ["flowchart TD"]
    starts: list[str] = []
    if plan.subscription is not None:
        starts = _draw(plan.subscription, [], lines)
    if plan.root is not None:
        starts = _draw(plan.root, starts, lines)
    ends: dict[int | None, list[str]] = {None: starts}
    for part in plan.deferred:
        before = ends[part.deferral.parent]
        lines.append(f"  %% deferred {part.deferral.number}: {part.deferral.label or '.'.join(part.deferral.path)}")
        ends[part.deferral.number] = before if part.root is None else _draw(part.root, before, lines)
    return "\n".join(lines) + "\n"


def print_path(path: Path) -> str:
    """A path as text: `users.@.product|[Book]`, where `@` goes into a list and `|[...]` keeps types."""
    parts: list[str] = []
    for step in path:
        types = f"|[{','.join(sorted(step.types))}]" if step.types is not None else ""
        parts.append(".".join([step.key, *["@"] * step.list_depth]) + types)
    return ".".join(parts)


def _print_node(node: PlanNode) -> list[str]:
    if isinstance(node, Fetch):
        return _print_fetch(node)
    if isinstance(node, ConditionNode):
        return [f"Condition({_print_conditions(node.conditions)}) {{", *_indent(_print_node(node.step)), "}"]
    lines = [line for step in node.steps for line in _print_node(step)]
    return [f"{type(node).__name__} {{", *_indent(lines), "}"]


def _print_deferring(steps: list[str], parts: Iterable[DeferredPart]) -> list[str]:
    lines = ["Primary {", *_indent(steps), "}"]
    for part in parts:
        deferral = part.deferral
        named = [
            f"id: {deferral.number}",
            f"depends: {'primary' if deferral.parent is None else deferral.parent}",
            f'path: "{".".join(deferral.path)}"',
            *([] if deferral.label is None else [f'label: "{deferral.label}"']),
        ]
        inner = [] if part.root is None else _print_node(part.root)
        lines += [f"Deferred({', '.join(named)}) {{", *_indent(inner), "}"]
    return ["Defer {", *_indent(lines), "}"]


def _print_fetch(fetch: Fetch) -> list[str]:
    lines = [f'Fetch(service: "{fetch.subgraph}") {{']
    lines += [f"{_INDENT}at {print_path(path)}" for path in fetch.paths]
    for call in fetch.entities:
        lines += _indent(_print_call(call, is_only=len(fetch.entities) == 1))
    return [*lines, f"{_INDENT}{fetch.operation}", "}"]


def _print_call(call: EntityFetch, *, is_only: bool) -> list[str]:
    head = "requires" if is_only else f"requires ${call.variable}"
    if call.conditions:
        head += f" if {_print_conditions(call.conditions)}"
    lines = [f"{head} {{"]
    lines += [f"{_INDENT}at {print_path(path)}" for path in call.paths]
    lines += [f"{_INDENT}{_print_representation(item)}" for item in call.representations]
    lines += [f"{_INDENT}{_print_context(item)}" for item in call.contexts]
    return [*lines, "}"]


def _print_representation(item: Representation) -> str:
    types = "*" if item.types is None else "|".join(sorted(item.types))
    sent = "" if item.typename is None or types == item.typename else f" as {item.typename}"
    target = item.typename if item.types is None and item.typename else types
    return f"... on {target}{'' if item.types is None else sent} {{ {print_selections(item.fields)} }}"


def _print_context(item: ContextInput) -> str:
    return f"${item.variable} from {item.levels} up {{ {print_selections(item.selections)} }}"


def _print_conditions(conditions: Iterable[Condition]) -> str:
    return " and ".join(f"{'' if item.expected else 'not '}${item.variable}" for item in conditions)


def _condition_suffix(item: IntrospectionField) -> str:
    return f"({' or '.join(map(_print_conditions, item.conditions))})" if item.conditions else ""


def _indent(lines: Iterable[str]) -> list[str]:
    return [f"{_INDENT}{line}" for line in lines]


def _node_to_json(node: PlanNode) -> dict[str, Any]:
    if isinstance(node, Fetch):
        return _fetch_to_json(node)
    if isinstance(node, ConditionNode):
        return {
            "kind": "Condition",
            "conditions": [{"variable": item.variable, "expected": item.expected} for item in node.conditions],
            "step": _node_to_json(node.step),
        }
    return {"kind": type(node).__name__, "steps": [_node_to_json(step) for step in node.steps]}


def _part_to_json(part: DeferredPart) -> dict[str, Any]:
    deferral = part.deferral
    return {
        "id": deferral.number,
        "depends": deferral.parent,
        "path": list(deferral.path),
        "label": deferral.label,
        "root": None if part.root is None else _node_to_json(part.root),
    }


def _fetch_to_json(fetch: Fetch) -> dict[str, Any]:
    data: dict[str, Any] = {
        "kind": "Fetch",
        "id": fetch.id,
        "subgraph": fetch.subgraph,
        "operationKind": fetch.kind,
        "operationName": fetch.operation_name,
        "operation": fetch.operation,
        "variables": list(fetch.variables),
    }
    if fetch.paths:
        data["paths"] = [print_path(path) for path in fetch.paths]
    if fetch.entities:
        data["entities"] = [_call_to_json(call) for call in fetch.entities]
    return data


def _call_to_json(call: EntityFetch) -> dict[str, Any]:
    data: dict[str, Any] = {
        "alias": call.alias,
        "variable": call.variable,
        "paths": [print_path(path) for path in call.paths],
        "representations": [
            {
                "types": None if item.types is None else sorted(item.types),
                "typename": item.typename,
                "fields": print_selections(item.fields),
                "keys": None if item.keys is None else sorted(item.keys),
            }
            for item in call.representations
        ],
        "conditions": [{"variable": item.variable, "expected": item.expected} for item in call.conditions],
    }
    if call.contexts:
        data["contexts"] = [
            {
                "variable": item.variable,
                "type": item.type,
                "levels": item.levels,
                "selection": print_selections(item.selections),
            }
            for item in call.contexts
        ]
    return data


def _draw(node: PlanNode, before: list[str], lines: list[str]) -> list[str]:
    """Draws the step after those `before` it; returns the names that the next step comes after."""
    if isinstance(node, Fetch):
        name = f"fetch{node.id}"
        reached = [*node.paths, *(path for call in node.entities for path in call.paths)]
        paths = "<br/>".join(map(print_path, reached))
        lines.append(f'  {name}["{node.id}: {node.subgraph}{"<br/>" if paths else ""}{paths}"]')
        lines += [f"  {start} --> {name}" for start in before]
        return [name]
    if isinstance(node, ConditionNode):
        first = len(lines)
        ends = _draw(node.step, before, lines)
        lines[first:first] = [f"  %% only if {_print_conditions(node.conditions)}"]
        return ends
    if isinstance(node, Sequence):
        for step in node.steps:
            before = _draw(step, before, lines)
        return before
    assert isinstance(node, Parallel)
    return [end for step in node.steps for end in _draw(step, before, lines)]
