"""Planning cases as text files: one supergraph, then operations, each with the plan or the refusal it must get.

A file is a `## supergraph` section followed by cases. A case opens with `## case: <what it shows>`, holds an operation,
and may have `## variables: <JSON>`, `## labels: <active override labels>`, and at last `## plan` or `## refused`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SECTION = re.compile(r"^## (?P<name>[a-z]+)(?::(?P<rest>.*))?$")


@dataclass
class PlanningCase:
    """One operation and what is expected of it."""

    file: str
    title: str
    supergraph: str
    operation: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()
    plan: str | None = None
    refused: str | None = None

    def __str__(self) -> str:
        return f"{self.file}: {self.title}"


def read_planning_cases(path: Path) -> list[PlanningCase]:
    """The cases of a file, in its order."""
    supergraph, section, lines = "", "", list[str]()
    cases: list[PlanningCase] = []

    def close() -> None:
        nonlocal supergraph
        text = "\n".join(lines).strip()
        lines.clear()
        if section == "supergraph":
            supergraph = text
        elif section == "plan":
            cases[-1].plan = text
        elif section == "refused":
            cases[-1].refused = text
        elif cases and text:
            cases[-1].operation = text

    for line in path.read_text().splitlines():
        match = _SECTION.match(line)
        if match is None:
            lines.append(line)
            continue
        close()
        section, rest = match["name"], (match["rest"] or "").strip()
        if section == "case":
            cases.append(PlanningCase(path.stem, rest, supergraph))
        elif section == "variables":
            cases[-1].variables = json.loads(rest)
        elif section == "labels":
            cases[-1].labels = frozenset(item.strip() for item in rest.split(","))
    close()
    return cases
