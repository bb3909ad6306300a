"""tests/support/README.md names every module of the folder, and only names that exist; a protocol has one fake."""

from __future__ import annotations

import ast
import re

from tests.support.tree import ROOT, python_files, relative, syntax

SUPPORT = ROOT / "tests" / "support"
_NAME = re.compile(r"`([A-Za-z_]+)`")
_FIXTURE_ROW = re.compile(r"^\| (.+?) \|", re.MULTILINE)


def read_page() -> str:
    return (SUPPORT / "README.md").read_text()


def list_definitions() -> set[str]:
    """The classes and functions of tests/support, and the fixtures of every conftest."""
    files = [*SUPPORT.rglob("*.py"), *(ROOT / "tests").rglob("conftest.py")]
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for path in files for node in syntax(path).body if isinstance(node, kinds)}


def test_every_module_is_named() -> None:
    page = read_page()
    modules = [path for path in SUPPORT.glob("*.py") if path.name != "__init__.py"]
    folders = [path.parent for path in SUPPORT.glob("*/__init__.py")]
    names = [*(path.name for path in modules), *(f"{path.name}/" for path in folders)]
    assert [name for name in names if name not in page] == []


def test_every_name_exists() -> None:
    first_columns = {name for row in _FIXTURE_ROW.findall(read_page()) for name in _NAME.findall(row)}
    assert first_columns - list_definitions() == set()


def test_the_transport_to_subgraphs_has_one_fake() -> None:
    fakes = [
        f"{relative(path)}: {node.name}"
        for path in python_files("tests")
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.ClassDef) and _is_transport(node)
    ]
    assert fakes == ["tests/support/scripted_transport.py: ScriptedTransport"]


def _is_transport(node: ast.ClassDef) -> bool:
    """Whether `send` of the class takes the request of a subgraph, whatever its annotation says."""
    sends = [method for method in node.body if isinstance(method, ast.AsyncFunctionDef) and method.name == "send"]
    return any(
        argument.arg.endswith("request")
        and (argument.annotation is None or ast.unparse(argument.annotation) in {"SubgraphRequest", "object", "Any"})
        for method in sends
        for argument in method.args.args[1:2]
    )
