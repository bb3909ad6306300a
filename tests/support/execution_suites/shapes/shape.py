"""One shape: subgraphs, rows and cases as a suite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.execution_suites.model import Fixture, Row, Suite
from tests.support.execution_suites.sources import Case, SuiteSource

_IMPORTS = [
    "@key",
    "@external",
    "@requires",
    "@provides",
    "@shareable",
    "@override",
    "@interfaceObject",
    "@extends",
    "@inaccessible",
]
_LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{}])\n'
LINK = _LINK.format(", ".join(f'"{name}"' for name in _IMPORTS))
"""The head of a federation 2 subgraph."""


def build_shape(
    name: str,
    *,
    subgraphs: Mapping[str, str],
    fixtures: Mapping[str, Fixture],
    rows: Mapping[str, Mapping[str, Row]],
    cases: Mapping[str, Any],
    failing: Mapping[str, Any] | None = None,
    federation_1: frozenset[str] = frozenset(),
) -> SuiteSource:
    """A suite whose `cases` are operations with the data they are answered; `failing` ones come with an error."""
    found = [(query, data, False) for query, data in cases.items()]
    found += [(query, data, True) for query, data in (failing or {}).items()]
    return SuiteSource(
        name=name,
        subgraphs={each: sdl if each in federation_1 else LINK + sdl for each, sdl in subgraphs.items()},
        given=None,
        cases=tuple(
            Case(f"{name}_{number}", query, data, must_fail) for number, (query, data, must_fail) in enumerate(found)
        ),
        suite=Suite(rows=rows, subgraphs=fixtures),
    )
