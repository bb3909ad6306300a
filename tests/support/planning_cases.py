"""Planning cases as text files: one supergraph, then operations, each with the plan or the refusal it must get.

A file is a `## supergraph` section followed by cases. A case opens with `## case: <what it shows>`, holds an operation,
and may have `## variables: <JSON>`, `## labels: <active override labels>`, and at last `## plan` or `## refused`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SECTION = re.compile(r"^## (?P<name>[a-z]+)(?::(?P<rest>.*))?$", re.MULTILINE)


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
    cases: list[PlanningCase] = []
    supergraph = ""
    for section, rest, text in _sections(path.read_text()):
        if section == "supergraph":
            supergraph = text
        elif section == "case":
            cases.append(PlanningCase(path.stem, rest, supergraph, text))
        else:
            _FILL[section](cases[-1], rest, text)
    return cases


def _sections(text: str) -> Iterator[tuple[str, str, str]]:
    """Each section's name, the rest of its heading, and what stands below."""
    headings = list(_SECTION.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    for heading, end in zip(headings, ends, strict=True):
        yield heading["name"], (heading["rest"] or "").strip(), text[heading.end() : end].strip()


def _fill_variables(case: PlanningCase, rest: str, text: str) -> None:
    case.variables, case.operation = json.loads(rest), case.operation or text


def _fill_labels(case: PlanningCase, rest: str, text: str) -> None:
    case.labels, case.operation = frozenset(item.strip() for item in rest.split(",")), case.operation or text


def _fill_plan(case: PlanningCase, _rest: str, text: str) -> None:
    case.plan = text


def _fill_refused(case: PlanningCase, _rest: str, text: str) -> None:
    case.refused = text


_FILL = {"variables": _fill_variables, "labels": _fill_labels, "plan": _fill_plan, "refused": _fill_refused}
