"""Each single change is found, classified, located at the file and line, and the only finding."""

from __future__ import annotations

import pytest

from entrepot.router.checks import CHANGE_CODES, check_versions
from tests.router.checks.graphs import BASE, FILES, NAMES, SDL, build
from tests.router.checks.graphs import change as build_head
from tests.router.checks.single_changes import SINGLE_CHANGES, Case


def test_the_table_is_large_and_knows_its_codes() -> None:
    assert len(SINGLE_CHANGES) >= 120
    assert {code for *_, code, _ in SINGLE_CHANGES} <= set(CHANGE_CODES)
    assert len({case[:3] for case in SINGLE_CHANGES}) == len(SINGLE_CHANGES)


@pytest.mark.parametrize("case", SINGLE_CHANGES, ids=lambda case: f"{case[3]} {case[4]}")
def test_a_change_is_the_only_finding(case: Case) -> None:
    subgraph, old, new, code, coordinate = case
    head = build_head((subgraph, old, new))
    assert head.composition.errors == ()
    result = check_versions(BASE, head)
    assert [(change.code, change.coordinate) for change in result.changes] == [(code, coordinate)]
    (change,) = result.changes
    assert change.criticality == CHANGE_CODES[code][0]
    assert result.is_passed == (change.criticality != "BREAKING")
    assert change.place is not None
    name = coordinate.strip("@").removesuffix(":)").replace("(", ".").split(".")[-1]
    text = {"head": head, "base": BASE}[change.place.version].subgraphs[NAMES.index(change.place.subgraph)].sdl
    line = text.splitlines()[change.place.line - 1]
    assert line[change.place.column - 1 :].startswith(name)
    assert change.place.file == FILES[change.place.subgraph]


def test_what_is_equal_has_no_changes() -> None:
    result = check_versions(BASE, build("head", SDL))
    assert (result.changes, result.hints, result.is_passed) == ((), (), True)
