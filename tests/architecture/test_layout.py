"""Same question, same file: every subgraph has the same modules, and a module says what it is for."""

from __future__ import annotations

import ast

import pytest

from entrepot.subgraphs.registry import SUBGRAPHS
from tests.support.tree import PACKAGES, ROOT, python_files, relative, syntax

MUTATIONS = "api/mutations.py|api/mutations"
"""What a subgraph lacks whose schema has no mutations: events alone change it."""
MODULES = (
    "__init__.py",
    "app.py",
    "config.py",
    "permissions.py",
    "models.py|models",
    "errors.py",
    "repository.py|repository",
    "service.py|service",
    "migrations/versions",
    "api/types.py|api/types",
    "api/queries.py",
    MUTATIONS,
    "api/context.py",
    "api/visibility.py",
    "api/schema.py",
)
OPTIONAL = ("states.py", "events.py", "handlers.py", "seeds.py", "api/stubs.py")
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "stuff"}


@pytest.mark.parametrize("name", SUBGRAPHS)
def test_every_subgraph_has_the_same_modules(name: str) -> None:
    folder = ROOT / "subgraphs" / name
    has_mutations = "mutations=" in (folder / "api" / "schema.py").read_text()
    missing = [
        module
        for module in MODULES
        if (module != MUTATIONS or has_mutations)
        and not any((folder / choice).exists() for choice in module.split("|"))
    ]
    assert not missing


@pytest.mark.parametrize("name", SUBGRAPHS)
def test_no_module_is_empty(name: str) -> None:
    folder = ROOT / "subgraphs" / name
    empty = [module for module in OPTIONAL if (folder / module).exists() and len(syntax(folder / module).body) < 2]
    assert not empty


def test_folders_and_registry_agree() -> None:
    folders = {path.parent.name for path in (ROOT / "subgraphs").glob("*/__init__.py")}
    assert folders == set(SUBGRAPHS)


def test_names_say_what_a_file_holds() -> None:
    assert [relative(path) for path in python_files(*PACKAGES, "tests") if path.stem in VAGUE] == []


def test_every_module_says_its_purpose_in_a_sentence() -> None:
    silent = [relative(path) for path in python_files(*PACKAGES) if not ast.get_docstring(syntax(path))]
    assert silent == []


def test_sql_stands_in_repositories_only() -> None:
    """A service or resolver that builds a query has hidden it from whoever looks for the SQL of a domain."""
    words = {"select", "insert", "update", "delete", "text"}
    offenders = []
    for path in python_files("subgraphs"):
        if path.name == "repository.py" or "repository" in path.parts or "migrations" in path.parts:
            continue
        for node in ast.walk(syntax(path)):
            if isinstance(node, ast.ImportFrom) and node.module == "sqlalchemy":
                offenders += [f"{relative(path)}: {alias.name}" for alias in node.names if alias.name in words]
    assert offenders == []


def test_only_the_unit_of_work_commits() -> None:
    offenders = [
        relative(path)
        for path in python_files("subgraphs")
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    ]
    assert offenders == []
