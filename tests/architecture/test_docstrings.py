"""Public functions of the kernel say in their docstring what they raise themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tree import python_files, relative, syntax

Function = ast.FunctionDef | ast.AsyncFunctionDef
_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def list_functions(node: ast.AST, said: str = "") -> Iterator[tuple[Function, str]]:
    """The public functions and methods, each with what its docstring says; a constructor may leave it to its class."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from list_functions(child, ast.get_docstring(child) or "")
        elif isinstance(child, Function) and (child.name == "__init__" or not child.name.startswith("_")):
            own = ast.get_docstring(child) or ""
            yield child, own + said if child.name == "__init__" else own


def raises_itself(node: ast.AST) -> bool:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise) and child.exc is not None:
            return True
        if not isinstance(child, _INNER) and raises_itself(child):
            return True
    return False


@pytest.mark.parametrize("path", list(python_files("shared")), ids=relative)
def test_what_a_function_raises_is_said(path: Path) -> None:
    silent = [
        function.name
        for function, said in list_functions(syntax(path))
        if raises_itself(function) and "raise" not in said.lower()
    ]
    assert silent == []


def test_the_rule_finds_what_is_missing() -> None:
    tree = ast.parse("class A:\n def f(self):\n  '''Says nothing.'''\n  if 1:\n   raise KeyError\n")
    ((function, said),) = list_functions(tree)
    assert raises_itself(function)
    assert "raise" not in said.lower()
