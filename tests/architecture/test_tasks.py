"""Tasks that outlive a request belong to a supervisor: nobody else makes one that could end unnoticed."""

from __future__ import annotations

import ast

from tests.support.tree import python_files, relative, syntax

MAKERS = {"create_task", "ensure_future"}
ALLOWED = {
    "shared/supervision.py": "the supervisor",
    "shared/events/bus/partition_worker.py": "one per key, started again by the consumer at each poll",
    "shared/events/fan_out/fan_out.py": "awaited within the call",
    "shared/refilling.py": "awaited within the round of a job",
    "shared/caching/memory.py": "shared by the requests that wait for one value, which get its error",
    "shared/caching/postgres.py": "shared by the requests that wait for one value, which get its error",
    "shared/caching/redis.py": "shared by the requests that wait for one value, which get its error",
    "shared/graphql/departures.py": "a request",
    "shared/graphql/execution/awaiting.py": "a request",
    "entrepot/native/running.py": "a service of `entrepot up`, restarted by its own rules",
    "entrepot/commands/up.py": "the command, which ends with it",
    "entrepot/commands/serve.py": "the command, which ends with it",
}
"""File -> why tasks may be made there."""


def test_long_lived_tasks_are_made_by_supervisors() -> None:
    found = set()
    for path in python_files("shared", "subgraphs", "entrepot"):
        for node in ast.walk(syntax(path)):
            if _makes_a_task(node):
                found.add(relative(path))
    # Below entrepot/, these are links to the folders themselves.
    found -= {f"entrepot/{path}" for path in found} | {path for path in found if path.startswith("entrepot/router/")}
    assert found - ALLOWED.keys() == set(), "start it by a Supervisor (shared/supervision.py)"
    assert ALLOWED.keys() - found == set(), "no task is made there any more"


def test_makers_are_seen() -> None:
    for text in (
        "asyncio.create_task(f())",
        "asyncio.get_running_loop().create_task(f())",
        "create = asyncio.ensure_future",
        "from asyncio import create_task",
        "loop.create_task(f())",
    ):
        assert any(_makes_a_task(node) for node in ast.walk(ast.parse(text))), text
    assert not any(_makes_a_task(node) for node in ast.walk(ast.parse("group.create_task(f())")))


def _makes_a_task(node: ast.AST) -> bool:
    """Whether it names a maker of tasks; those of a TaskGroup, which is called `group` here, end with their block."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "asyncio" and any(alias.name in MAKERS for alias in node.names)
    if not isinstance(node, ast.Attribute) or node.attr not in MAKERS:
        return False
    return not (isinstance(node.value, ast.Name) and node.value.id == "group")
