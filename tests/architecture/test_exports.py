"""What a package offers is what its `__all__` says."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.tree import ROOT, python_files, relative, syntax


def _packages_with_exports() -> list[str]:
    return [
        ".".join(("entrepot", *path.parent.relative_to(ROOT).parts))
        for path in python_files("router", "shared")
        if path.name == "__init__.py" and "__all__" in path.read_text()
    ]


def _only_exports(package: ModuleType) -> bool:
    """Whether the package does nothing but offer what its modules hold (others hold a table of their own)."""
    body = syntax(Path(inspect.getfile(package))).body[1:]
    return all(
        isinstance(node, ast.Import | ast.ImportFrom) or (isinstance(node, ast.Assign) and len(node.targets) == 1)
        for node in body
    )


@pytest.mark.parametrize("name", _packages_with_exports())
def test_all_is_sorted_and_is_what_the_package_exposes(name: str) -> None:
    package = importlib.import_module(name)
    exported = list(package.__all__)
    assert len(exported) == len(set(exported))
    assert all(hasattr(package, entry) for entry in exported)
    if not _only_exports(package):
        return
    public = {
        entry
        for entry, value in vars(package).items()
        if not entry.startswith("_") and not isinstance(value, ModuleType) and entry != "annotations"
    }
    assert public == set(exported)


@pytest.mark.parametrize("name", _packages_with_exports())
def test_what_is_exported_is_documented(name: str) -> None:
    package = importlib.import_module(name)
    silent = [
        entry
        for entry in package.__all__
        if (inspect.isclass(value := getattr(package, entry)) or inspect.isfunction(value)) and not value.__doc__
    ]
    assert silent == []


def test_the_list_of_packages_is_not_empty() -> None:
    assert relative(ROOT / "router" / "plan") == "router/plan"
    assert "entrepot.router.plan" in _packages_with_exports()
