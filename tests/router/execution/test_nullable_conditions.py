"""An explicit null for the `if` of `@skip`, `@include` and `@defer` is an error of its object (faults/router/04)."""

import json
from typing import Any

import pytest
from graphql import build_schema, graphql_sync

from tests.support.composed_graph import ComposedGraph
from tests.support.memory_subgraph import MemorySubgraph

T = {"__typename": "T", "id": "1", "n": 2}
TRUTH = build_schema(
    """
    type Query { a: Int t: T must: T! list: [T] nodes: [Node] }
    type Mutation { change: Int }
    interface Node { id: ID! }
    type T implements Node { id: ID! n: Int f: Int t: T! }
    type U implements Node { id: ID! }
    """
)
WHOLE: dict[str, Any] = {"n": 2, "f": 3, "id": "1", "__typename": "T", "t": {"n": 5, "f": 3}}
ROOT = {"a": 1, "t": WHOLE, "must": WHOLE, "list": [WHOLE, None], "nodes": [{"__typename": "U", "id": "9"}, WHOLE]}


@pytest.fixture
def graph() -> ComposedGraph:
    stored = {**T, "t": {**T, "n": 5}}
    return ComposedGraph(
        MemorySubgraph(
            "a",
            """
            type Query { a: Int t: T must: T! list: [T] nodes: [Node] } type Mutation { change: Int }
            interface Node { id: ID! }
            type T implements Node @key(fields: "id") { id: ID! n: Int t: T! } type U implements Node { id: ID! }
            """,
            {
                "a": 1,
                "t": stored,
                "must": stored,
                "list": [stored, None],
                "nodes": [{"__typename": "U", "id": "9"}, stored],
            },
            {"T": lambda _: stored},
        ),
        MemorySubgraph("b", 'type T @key(fields: "id") { id: ID! f: Int }', {}, {"T": lambda _: {"f": 3}}),
    )


QUERIES = [
    "{ a @skip(if: $b) }",
    "{ a @include(if: $b) }",
    "{ t { n f @skip(if: $b) } }",
    "{ t { n f } a @include(if: $b) }",
    "{ t { n ... @include(if: $b) { f } } }",
    "{ a t { n ...F @skip(if: $b) } } fragment F on T { f }",
    "{ a ...F } fragment F on Query { t { n f @include(if: $b) } }",
    "{ a must { n f @skip(if: $b) } }",
    "{ a t { n t { f @skip(if: $b) } } }",
    "{ a list { n f @skip(if: $b) } }",
    "{ nodes { id ... on T { n @skip(if: $b) } } }",
    "{ t { n ... on Node @skip(if: $b) { id } } }",
    "{ t { x: n @include(if: $b) n } }",
    "{ x: t { n } t { f @include(if: $b) } }",
    "{ a ... @include(if: $no) { t @skip(if: $b) { n } } }",
    "{ a t @include(if: $no) { n @skip(if: $b) } }",
    "{ a ... @skip(if: true) { t @skip(if: $b) { n } } }",
    "{ a t @include(if: $b) @include(if: false) { n } }",
    "{ t @include(if: $b) { n } t { f } }",
    "{ t { n } t { f @include(if: $b) } }",
    "{ __typename @skip(if: $b) a }",
    "{ __schema @include(if: $b) { queryType { name } } }",
    "{ a t { __typename @include(if: $b) } }",
]


@pytest.mark.parametrize("body", QUERIES)
@pytest.mark.parametrize("declaration", ["$b: Boolean = false", "$b: Boolean = true"])
async def test_it_is_what_one_schema_answers(graph: ComposedGraph, body: str, declaration: str) -> None:
    query = f"query ({declaration}{', $no: Boolean = false' if '$no' in body else ''}) {body}"
    variables = {"b": None, "no": False}
    expected = graphql_sync(TRUTH, query, root_value=ROOT, variable_values=variables)
    found = await graph.execute(query, variables)
    assert json.dumps(found.data) == json.dumps(expected.data)
    assert bool(found.errors) == bool(expected.errors)
    if expected.data is not None:
        assert [error["path"] for error in found.errors] == [error.path for error in expected.errors or ()]


async def test_the_message_says_which_argument(graph: ComposedGraph) -> None:
    found = await graph.execute("query ($b: Boolean = true) { t { n f @skip(if: $b) } }", {"b": None})
    assert found.data == {"t": None}
    assert found.errors == [
        {
            "message": "Argument 'if' of non-null type 'Boolean!' must not be null.",
            "path": ["t"],
            "extensions": {"code": "BAD_USER_INPUT"},
        }
    ]


async def test_a_mutation_whose_root_cannot_be_read_changes_nothing(graph: ComposedGraph) -> None:
    found = await graph.execute("mutation ($b: Boolean = true) { change again: change @skip(if: $b) }", {"b": None})
    assert (found.data, len(found.errors)) == (None, 1)
    assert graph.list_requests("a") == []


async def test_defer_with_null(graph: ComposedGraph) -> None:
    query = "query ($b: Boolean = true) { a t { n ... @defer(if: $b) { f } } }"
    execution = graph.compile(query).execute_deferred(graph.request({"b": None}))
    first = await execution.begin()
    assert first.result is not None
    assert (first.result.data, first.has_next) == ({"a": 1, "t": None}, False)
    assert [error["path"] for error in first.result.errors] == [["t"]]


async def test_defer_with_null_at_the_root(graph: ComposedGraph) -> None:
    query = "query ($b: Boolean = true) { a ... @defer(if: $b) { t { f } } }"
    first = await graph.compile(query).execute_deferred(graph.request({"b": None})).begin()
    assert first.result is not None
    assert (first.result.data, first.has_next, len(first.result.errors)) == (None, False, 1)


async def test_a_variable_that_is_left_out_has_the_default_of_the_argument(graph: ComposedGraph) -> None:
    query = "query ($b: Boolean) { a t { n ... @defer(if: $b) { f } } }"
    first = await graph.compile(query).execute_deferred(graph.request()).begin()
    assert first.result is not None
    assert (first.result.data, first.result.errors, first.has_next) == ({"a": 1, "t": {"n": 2}}, [], True)
