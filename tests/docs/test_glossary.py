"""docs/glossary.md points to what exists: its configuration keys are keys of the router."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from entrepot.router.config import build_config_schema
from tests.support.tree import ROOT


def list_keys() -> Iterator[str]:
    for line in (ROOT / "docs" / "glossary.md").read_text().splitlines():
        if line.startswith("| ") and not line.startswith(("| term", "|---")):
            yield from re.findall(r"`([a-z_.]+)`", line.rsplit("|", 2)[1])


def find_properties(node: Any) -> dict[str, Any]:
    """The properties of a section, also of one that can be switched by a boolean instead."""
    if "$ref" in node:
        return find_properties(build_config_schema()["$defs"][node["$ref"].rpartition("/")[2]])
    found: dict[str, Any] = dict(node.get("properties", {}))
    for choice in (*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())):
        found |= find_properties(choice)
    return found


@pytest.mark.parametrize("key", [*list_keys()])
def test_a_key_exists(key: str) -> None:
    node: Any = build_config_schema()
    for part in key.split("."):
        properties = find_properties(node)
        assert part in properties
        node = properties[part]
