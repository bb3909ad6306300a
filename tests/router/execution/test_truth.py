"""Planned and executed, every operation answers what one schema over the same data would have answered."""

import json
import os
from pathlib import Path
from random import Random
from typing import Any

import pytest
from graphql import parse, validate, value_from_ast_untyped

from entrepot.router.errors import OperationUnplannable
from entrepot.router.execution import ExecutionRequest, compile_plan
from entrepot.router.graph import build_graph
from entrepot.router.operation import normalize_operation, parse_document, select_operation
from entrepot.router.planning import plan_operation
from entrepot.router.supergraph import read_supergraph
from tests.support.random_operations import random_query
from tests.support.universe import Universe, transport_to

_DIR = os.environ.get("CONFORMANCE_DIR")
pytestmark = pytest.mark.skipif(_DIR is None, reason="set CONFORMANCE_DIR to the folder of the conformance data")
_SUITES = sorted(Path(_DIR, "execution").iterdir()) if _DIR else []


async def answer(universe: Universe, query: str, variables: dict[str, Any]) -> tuple[str, list[Any]]:
    document = parse_document(query)
    operation = normalize_operation(universe.supergraph, document, None)
    plan = plan_operation(build_graph(universe.supergraph), operation)
    compiled = compile_plan(plan, api_schema=universe.supergraph.api_schema)
    failures: list[BaseException | None] = []
    request = ExecutionRequest(
        transport=transport_to(universe),
        variables=variables,
        on_fetch=lambda record: failures.append(record.failure and record.failure.__cause__),
    )
    result = await compiled.execute(request)
    return json.dumps(result.data), [*result.errors, *filter(None, failures)]


@pytest.mark.parametrize("suite", _SUITES, ids=lambda path: path.name)
async def test_public_suites(suite: Path) -> None:
    sdl = (suite / "supergraph.graphql").read_text()
    universe = Universe(read_supergraph(sdl), parse(sdl))
    answered = 0
    for case in json.loads((suite / "cases.json").read_text()):
        document = parse_document(case["query"])
        if validate(universe.supergraph.api_schema, document) or case["expected"]["data"] is None:
            continue
        variables = {
            item.variable.name.value: value_from_ast_untyped(item.default_value)
            for item in select_operation(document, None).variable_definitions or ()
            if item.default_value is not None
        }
        expected = json.dumps(universe.answer(case["query"], variables))
        assert await answer(universe, case["query"], variables) == (expected, []), case["id"]
        answered += 1
    assert answered > 0 or suite.name == "input-object-intersection"


@pytest.mark.parametrize("suite", _SUITES, ids=lambda path: path.name)
async def test_random_operations(suite: Path) -> None:
    sdl = (suite / "supergraph.graphql").read_text()
    universe = Universe(read_supergraph(sdl), parse(sdl))
    schema = universe.supergraph.api_schema
    for seed in range(5):
        query = random_query(schema, Random(seed))
        if validate(schema, parse(query)):
            continue
        for variables in ({"on": True, "off": False}, {"on": False, "off": True}):
            try:
                text, errors = await answer(universe, query, variables)
            except OperationUnplannable:
                continue
            # A field selected twice under different conditions has one place in a plan's output, so that the order of
            # keys may differ from the order in which the specification would collect them.
            assert (json.loads(text), errors) == (universe.answer(query, variables), []), query
