"""Time, sleeping, chance and ids come through seams: nothing below the composition roots asks the machine."""

from __future__ import annotations

import ast

from tests.support.tree import python_files, relative, syntax

FORBIDDEN = {
    "time": {"time", "monotonic", "perf_counter", "sleep", "time_ns", "monotonic_ns", "perf_counter_ns"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "asyncio": {"sleep"},
    "uuid": {"uuid1", "uuid4", "uuid7"},
    "random": None,
    "secrets": None,
    "os": {"urandom", "getenv"},
}
"""Module or class -> the attributes that must not be called on it; None forbids all."""
SEAMS = {"shared/clock.py", "shared/randomness.py"}
"""The seams themselves."""


def test_no_direct_calls_below_the_composition_roots() -> None:
    offenders = []
    for path in python_files("router", "shared", "subgraphs"):
        if relative(path) in SEAMS:
            continue
        for node in ast.walk(syntax(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                offenders += _forbidden(node.func, relative(path))
            elif isinstance(node, ast.ImportFrom) and node.module in FORBIDDEN:
                names = FORBIDDEN[node.module]
                offenders += [
                    f"{relative(path)}:{node.lineno} imports {node.module}.{alias.name}"
                    for alias in node.names
                    if names is None or alias.name in names
                ]
    assert offenders == []


def _forbidden(call: ast.Attribute, where: str) -> list[str]:
    owner = call.value
    name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else None
    if name not in FORBIDDEN:
        return []
    names = FORBIDDEN[name]
    return [f"{where}:{call.lineno} calls {name}.{call.attr}"] if names is None or call.attr in names else []
