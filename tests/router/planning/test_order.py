"""A plan does not depend on the order in which the supergraph tells of its subgraphs."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from graphql import parse, print_ast

from entrepot.router.errors import ClientError
from entrepot.router.graph import build_graph
from entrepot.router.operation import normalize_operation, parse_document
from entrepot.router.plan import print_plan
from entrepot.router.planning import plan_operation
from entrepot.router.supergraph import read_supergraph
from tests.support.planning_cases import read_planning_cases

_DIR = os.environ.get("CONFORMANCE_DIR")
_SUITES = sorted(Path(_DIR, "execution").iterdir()) if _DIR else []
_FILES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
_ORDERS = 2


def _shuffle(sdl: str, seed: int) -> str:
    """The same supergraph with its graphs, definitions and join directives in another order."""
    random = Random(seed)
    definitions = [_shuffle_definition(node, random) for node in parse(sdl).definitions]
    random.shuffle(definitions)
    return "\n".join(map(print_ast, definitions))


def _shuffle_definition(node: Any, random: Random) -> Any:
    if node.kind == "schema_definition":
        return node
    changed = _shuffle_directives(node, random)
    if getattr(node, "fields", None):
        changed["fields"] = tuple(replace(item, **_shuffle_directives(item, random)) for item in node.fields)
    if node.kind == "enum_type_definition" and node.name.value == "join__Graph":
        changed["values"] = tuple(random.sample(node.values, len(node.values)))
    return replace(node, **changed)


def _shuffle_directives(node: Any, random: Random) -> dict[str, Any]:
    found = getattr(node, "directives", None)
    return {"directives": tuple(random.sample(found, len(found)))} if found else {}


def _plan(sdl: str, query: str, labels: frozenset[str] = frozenset()) -> str:
    supergraph = read_supergraph(sdl)
    try:
        operation = normalize_operation(supergraph, parse_document(query), None)
        return print_plan(plan_operation(build_graph(supergraph), operation, active_labels=labels))
    except ClientError as refusal:
        return refusal.message


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_cases_plan_alike_in_every_order(path: Path) -> None:
    for case in read_planning_cases(path):
        expected = _plan(case.supergraph, case.operation, case.labels)
        for seed in range(_ORDERS):
            assert _plan(_shuffle(case.supergraph, seed), case.operation, case.labels) == expected, str(case)


@pytest.mark.skipif(_DIR is None, reason="set CONFORMANCE_DIR to the folder of the conformance data")
@pytest.mark.parametrize("suite", _SUITES, ids=lambda path: path.name)
def test_public_suites_plan_alike_in_every_order(suite: Path) -> None:
    sdl = (suite / "supergraph.graphql").read_text()
    for case in json.loads((suite / "cases.json").read_text()):
        expected = _plan(sdl, case["query"])
        for seed in range(_ORDERS):
            assert _plan(_shuffle(sdl, seed), case["query"]) == expected, case["id"]
