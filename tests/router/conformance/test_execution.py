"""The execution suites over real HTTP: every answer right, and none of the subgraphs' traps fires."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
import pytest_asyncio
from graphql import get_operation_ast, parse
from graphql.language import FieldNode, SelectionSetNode

from tests.support.execution_suites import (
    COMPOSED,
    REMEDY,
    SUPERGRAPHS,
    Case,
    ServedSuites,
    SuiteSource,
    load_own_suites,
    load_suites,
    serve_suites,
)

PUBLIC, OWN = load_suites(), load_own_suites()
pytestmark = pytest.mark.asyncio(loop_scope="module")
OUT_OF_ORDER = frozenset({"shared-root_0", "shared-root_1"})
"""Cases whose expected result lists keys as requests happened to come back; the right order is the selection's."""

NULLED = frozenset({"simple-inaccessible_3"})
"""Cases that are answered, and whose answer tells by an error why a value is null: it is hidden from clients."""


def list_cases(sources: Iterable[SuiteSource]) -> list[Any]:
    """Every case of the suites, once for each kind of supergraph that there is."""
    return [
        pytest.param(source, case, kind, id=f"{case.id}-{kind}")
        for source in sources
        for case in source.cases
        for kind in SUPERGRAPHS
        if kind == COMPOSED or source.given is not None
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[ServedSuites]:
    async with serve_suites([*PUBLIC, *OWN]) as suites:
        yield suites


def ordered(value: Any) -> Any:
    """The value with the order of its keys, which a comparison of dicts would pass over."""
    if isinstance(value, dict):
        return [(key, ordered(item)) for key, item in value.items()]
    return [ordered(item) for item in value] if isinstance(value, list) else value


def sort_as_selected(value: Any, selection_set: SelectionSetNode) -> Any:
    """The value with its keys in the order of a selection that has neither fragments nor aliases."""
    if isinstance(value, list):
        return [sort_as_selected(item, selection_set) for item in value]
    nodes = [node for node in selection_set.selections if isinstance(node, FieldNode)]
    return {
        node.name.value: sort_as_selected(value[node.name.value], node.selection_set)
        if node.selection_set
        else value[node.name.value]
        for node in nodes
    }


@pytest.mark.skipif(not PUBLIC, reason=REMEDY)
@pytest.mark.parametrize(("source", "case", "kind"), list_cases(PUBLIC))
async def test_public_case(served: ServedSuites, source: SuiteSource, case: Case, kind: str) -> None:
    await check(served, source, case, kind)


@pytest.mark.parametrize(("source", "case", "kind"), list_cases(OWN))
async def test_own_case(served: ServedSuites, source: SuiteSource, case: Case, kind: str) -> None:
    await check(served, source, case, kind)


async def test_mutations_go_one_after_the_other(served: ServedSuites) -> None:
    document = 'mutation { addProduct(name: "Table") { id } addCategory(name: "Wood") { id } touch(id: "p1") { id } }'
    _, asked = await served.ask(COMPOSED, "mutations", document)
    assert [name.split()[0] for name in asked.mutations] == ["addProduct", "addCategory", "touch"]


async def check(served: ServedSuites, source: SuiteSource, case: Case, kind: str) -> None:
    answer, asked = await served.ask(kind, source.name, case.query)
    assert answer.get("data") == case.data, answer
    expected = case.data
    if case.id in OUT_OF_ORDER:
        operation = get_operation_ast(parse(case.query))
        assert operation is not None
        expected = sort_as_selected(expected, operation.selection_set)
    assert ordered(answer.get("data")) == ordered(expected)
    assert bool(answer.get("errors")) == (case.must_fail or case.id in NULLED)
    if not case.must_fail:
        assert asked.fired == []
    if case.data is None:
        assert asked.requests == [], "what cannot be answered whole is not asked at all"
