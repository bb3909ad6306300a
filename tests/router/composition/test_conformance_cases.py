"""The public composition cases: verdict, error codes, hint codes and what the supergraph says."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from entrepot.router.composition import ERROR_CODES, HINT_CODES, CompositionResult, SubgraphSchema, compose
from tests.support.supergraphs import read_statements

DEVIATIONS = {
    # `fav` can be fetched: the books' title and isbn come from "c" by Book's key "id", and with them "c" is entered
    # by BookList's key. The reference refuses because it does not pass through a subgraph to enter it.
    "5a39167b4d3d": "BookList.fav is reachable",
    "af137d0247c1": "BookList.fav is reachable",
    "ef842369e84b": "BookList.fav is reachable",
    # Whichever way the label falls, one of the two subgraphs resolves `group`, and then `level` by Group's key.
    # The reference does not look at fields behind a label when it checks a requirement.
    "e59a197bd44a": "the required field is resolved under both values of the label",
}
"""Cases that compose by the rules of the specification and that the reference refuses."""

PLACELESS = ("INVALID_SUBGRAPH_NAME", "NO_QUERIES")
"""Codes of errors that are at no place in any SDL."""

NOT_YET: frozenset[str] = frozenset()
"""Cases that are not right yet; one that becomes right must be taken out."""


def _load(name: str) -> Any:
    folder = os.environ.get("CONFORMANCE_DIR")
    if folder is None:
        return None
    text = (Path(folder) / "composition" / name).read_text()
    return [json.loads(line) for line in text.splitlines()] if name.endswith(".jsonl") else json.loads(text)


CASES: list[dict[str, Any]] | None = _load("cases.jsonl")
needs_data = pytest.mark.skipif(
    CASES is None, reason="set CONFORMANCE_DIR to the folder of the conformance data to run the public cases"
)


def _compose(case: dict[str, Any]) -> CompositionResult:
    return compose([SubgraphSchema(each["name"], each["url"], each["sdl"]) for each in case["subgraphs"]])


def _differences(case: dict[str, Any]) -> list[str]:
    result = _compose(case)
    codes = {error.code for error in result.errors}
    found = []
    if (result.supergraph_sdl is not None) != case["ok"]:
        found.append(f"composes: {result.supergraph_sdl is not None}, expected {case['ok']}")
    if codes != set(case["error_codes"]):
        found.append(f"error codes {sorted(codes)}, expected {sorted(case['error_codes'])}")
    if case["ok"] and result.supergraph_sdl is not None:
        hints = {hint.code for hint in result.hints}
        if hints != set(case["hint_codes"]):
            found.append(f"hint codes {sorted(hints)}, expected {sorted(case['hint_codes'])}")
        ours, theirs = read_statements(result.supergraph_sdl), read_statements(case["supergraph"])
        found += [f"only ours says: {each}" for each in sorted(ours - theirs)]
        found += [f"only expected: {each}" for each in sorted(theirs - ours)]
    return found


@needs_data
@pytest.mark.parametrize("case", CASES or [], ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    differences = _differences(case)
    if case["id"] in NOT_YET:
        assert differences, "this case is right now: take it out of NOT_YET"
        pytest.xfail("; ".join(differences))
    if case["id"] in DEVIATIONS:
        assert differences, "this case no longer deviates: take it out of DEVIATIONS"
        assert _compose(case).supergraph_sdl is not None
        return
    assert differences == []


@needs_data
@pytest.mark.parametrize("case", [each for each in CASES or [] if not each["ok"]], ids=lambda case: case["id"])
def test_every_error_says_where_it_is_from(case: dict[str, Any]) -> None:
    names = {each["name"] for each in case["subgraphs"]}
    for error in _compose(case).errors:
        assert "; " in error.message, "it does not go on to say what to do"
        assert error.locations or error.code in PLACELESS
        for location in error.locations:
            assert location.subgraph in names
            assert location.line > 0
            assert location.column > 0


@needs_data
def test_the_catalogues_are_complete() -> None:
    codes = _load("codes.json")
    assert {entry.code: entry.since for entry in ERROR_CODES} == {
        entry["code"]: entry["since"] for entry in codes["errors"]
    }
    assert {entry.code: entry.level for entry in HINT_CODES} == {
        entry["code"]: entry["level"] for entry in codes["hints"]
    }
