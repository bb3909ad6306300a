"""Shapes of subgraphs that invite one kind of fault, over real HTTP, with our supergraph and another composer's."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from entrepot.router.composition import SubgraphSchema
from tests.support.composition_mutations.reference import start_reference
from tests.support.execution_suites import COMPOSED, GIVEN, SHAPES, Asked, Case, ServedSuites, SuiteSource, serve_suites
from tests.support.execution_suites.model import Fixture, Ref
from tests.support.execution_suites.shapes.shape import build_shape
from tests.support.node import need_client

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSED: dict[str, str] = {}
"""Shapes that the other composer refuses, each with its code."""


def list_cases(sources: Iterable[SuiteSource]) -> list[Any]:
    return [pytest.param(source, case, id=case.id) for source in sources for case in source.cases]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[ServedSuites]:
    async with serve_suites(SHAPES, kinds=[COMPOSED]) as suites:
        yield suites


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served_reference() -> AsyncIterator[ServedSuites]:
    """The same routers with what the other composer makes of the subgraphs."""
    given: list[SuiteSource] = []
    with start_reference(need_client("composer")) as reference:
        for source in SHAPES:
            subgraphs = [SubgraphSchema(name, f"http://{name}.invalid", sdl) for name, sdl in source.subgraphs.items()]
            verdict = reference.compose(subgraphs)
            assert verdict.thrown is None, verdict.thrown
            assert verdict.error_codes == {REFUSED[source.name]} if source.name in REFUSED else verdict.composes, (
                source.name,
                verdict.messages,
            )
            if verdict.composes:
                given.append(replace(source, given=verdict.supergraph))
    async with serve_suites(given, kinds=[GIVEN]) as suites:
        yield suites


async def check(served: ServedSuites, kind: str, source: SuiteSource, case: Case) -> Asked:
    answer, asked = await served.ask(kind, source.name, case.query)
    assert json.dumps(answer.get("data")) == json.dumps(case.data), (answer, asked.requests)
    assert bool(answer.get("errors")) == case.must_fail, answer
    assert asked.fired == []
    return asked


@pytest.mark.parametrize(("source", "case"), list_cases(SHAPES))
async def test_composed_by_us(served: ServedSuites, source: SuiteSource, case: Case) -> None:
    await check(served, COMPOSED, source, case)


@pytest.mark.node
@pytest.mark.parametrize(("source", "case"), list_cases(source for source in SHAPES if source.name not in REFUSED))
async def test_composed_by_another(served_reference: ServedSuites, source: SuiteSource, case: Case) -> None:
    await check(served_reference, GIVEN, source, case)


async def test_a_key_that_no_subgraph_resolves_on_the_path_is_never_asked() -> None:
    """Our composer refuses these subgraphs, another may not: there is no plan, so no request, and an error."""
    source = build_shape(
        "external-key-alone",
        subgraphs={
            "one": 'type Query { thing: Thing } type Thing @key(fields: "id") { id: ID! x: Int }',
            "two": 'type Thing @key(fields: "id") { id: ID! z: Int }',
        },
        fixtures={"one": Fixture(query={"thing": Ref("Thing", "1")})},
        rows={"Thing": {"1": {"id": "1", "x": 10, "z": 30}}},
        cases={"{ thing { x } }": {"thing": {"x": 10}}},
        failing={"{ thing { id } }": None, "{ thing { x z } }": None, "{ thing { x id } }": None},
    )
    supergraph = source.compose()
    assert "\n  id: ID!\n" in supergraph
    joined = "id: ID! @join__field(graph: ONE, external: true) @join__field(graph: TWO)"
    given = replace(source, given=supergraph.replace("id: ID!", joined))
    async with serve_suites([given], kinds=[GIVEN]) as suites:
        for case in source.cases:
            asked = await check(suites, GIVEN, given, case)
            assert bool(asked.requests) == (case.data is not None)
