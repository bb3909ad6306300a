"""The metrics of subgraphs that docs/observability.md lists are those of the code."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.support.tree import ROOT, python_files, syntax

_SECTION = re.compile(r"## Metrics of subgraphs and workers\n(.+?)\n## ", re.DOTALL)
_ROW = re.compile(r"^\| (`[^|]+) \|", re.MULTILINE)


def list_documented() -> list[str]:
    section = _SECTION.search((ROOT / "docs" / "observability.md").read_text())
    assert section is not None
    return [name for row in _ROW.findall(section[1]) for name in re.findall(r"`(\w+)`", row)]


@cache
def list_declared() -> set[str]:
    """What modules with `Families(prefix)` may name: each text with the prefix, as it is and as a counter."""
    names: set[str] = set()
    for path in python_files("shared"):
        texts = {node.value for node in ast.walk(syntax(path)) if _is_text(node)}  # type: ignore[attr-defined]
        prefixes = [text for text in texts if text.startswith("entrepot_") and text.endswith("_")]
        for prefix in prefixes:
            for text in texts:
                full = f"{prefix}{text}".removeprefix("entrepot_")
                names |= {full, f"{full}_total", f"events_{text}_total"}
    return names


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.mark.parametrize("name", list_documented())
def test_a_documented_metric_exists(name: str) -> None:
    assert name in list_declared()
