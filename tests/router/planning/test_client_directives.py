"""Executable directives that composition keeps reach the subgraphs where the client wrote them (faults/router/02)."""

from typing import Any

import pytest

from entrepot.router.app import build_router_app
from entrepot.router.config import DemandControlConfig, RouterConfig
from entrepot.router.execution import AsgiTransport
from tests.support.asgi_client import AsgiClient
from tests.support.composed_graph import ComposedGraph
from tests.support.memory_subgraph import MemorySubgraph

EVERYWHERE = (
    "QUERY | FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT | FRAGMENT_DEFINITION | VARIABLE_DEFINITION | MUTATION"
    " | SUBSCRIPTION"
)
A = """
directive @live(x: Int = 1) repeatable on %s
directive @field on FIELD
directive @spread on FRAGMENT_SPREAD
directive @read on QUERY
type Query { a(n: Int): Int t: T nodes: [Node] }
type Mutation { m: Int t: T }
interface Node { id: ID! }
type T implements Node @key(fields: "id") { id: ID! n: Int }
type U implements Node { id: ID! }
"""
B = """
directive @live(x: Int = 1) repeatable on %s
directive @field on FIELD
directive @spread on FRAGMENT_SPREAD
directive @read on QUERY
type T @key(fields: "id") { id: ID! n: Int @external f: Int g: Int @requires(fields: "n") }
"""
T = {"__typename": "T", "id": "1", "n": 2}


def build(locations: str = EVERYWHERE) -> ComposedGraph:
    nodes = [{"__typename": "U", "id": "2"}, T]
    return ComposedGraph(
        MemorySubgraph("a", A % locations, {"a": 1, "t": T, "m": 1, "nodes": nodes}, {"T": lambda _: T}),
        MemorySubgraph("b", B % locations, {}, {"T": lambda sent: {"f": 3, "g": sent.get("n")}}),
    )


CASES: dict[str, tuple[str, str | None, str | None]] = {
    # the operation, what subgraph a gets and what b gets
    "on a field": ("{ a @live }", "{ a @live }", None),
    "with a variable": ("query ($x: Int) { a @live(x: $x) }", "query($x: Int) { a @live(x: $x) }", None),
    "beside arguments": ("{ a(n: 5) @live(x: 2) }", "{ a(n: 5) @live(x: 2) }", None),
    "with an alias": ("{ z: a @live }", "{ z: a @live }", None),
    "several, in their order": ("{ a @live(x: 2) @field @live }", "{ a @live(x: 2) @field @live }", None),
    "on a composite field": ("{ t @live { n } }", "{ t @live { n } }", None),
    "on a field of an entity": (
        "{ t { f @live n } }",
        "{ t { n id } }",
        "{ ... on T { f @live } }",
    ),
    "on a key that is needed anyway": ("{ t { id @live f } }", "{ t { id @live } }", "f"),
    "on what another field requires": ("{ t { g n @live } }", "{ t { n @live id } }", "g"),
    "on one of two selections of a field": ("{ a @live a }", "{ a @live }", None),
    "on each of two selections": ("{ t @live { n } t @field { id } }", "{ t @live @field { n id } }", None),
    "beside conditions": (
        "query ($b: Boolean!) { a @live @include(if: $b) t { n } }",
        "query($b: Boolean!) { t { n } a @live @include(if: $b) }",
        None,
    ),
    "on an inline fragment": ("{ t { ... @live { n } id } }", "{ t { ... @live { n } id } }", None),
    "on an inline fragment with a type": ("{ t { ... on T @live { n } } }", "{ t { ... @live { n } } }", None),
    "on nested fragments": ("{ ... @live(x: 2) { ... @live { a } } }", "{ ... @live(x: 2) { ... @live { a } } }", None),
    "on a fragment spread": ("{ t { ...F @live } } fragment F on T { n }", "{ t { ... @live { n } } }", None),
    "on a fragment definition": ("{ t { ...F } } fragment F on T @live { n }", "{ t { ... @live { n } } }", None),
    "on a fragment of an entity": ("{ t { ... @live { f } } }", "{ t { id } }", "... @live { f }"),
    "on a fragment of some types": (
        "{ nodes { ... on T @live { n @field } id } }",
        "{ nodes { __typename id ... on T { ... @live { n @field } } } }",
        None,
    ),
    "that may not stand on an inline fragment": ("{ t { ...F @spread } } fragment F on T { n }", "{ t { n } }", None),
    "on a query": ("query @live(x: 5) { a }", "query @live(x: 5) { a }", None),
    "on a query with a name": (
        "query Q($x: Int) @live(x: $x) { a }",
        "query Q__a__0($x: Int) @live(x: $x) { a }",
        None,
    ),
    "on a query of several subgraphs": (
        "query @live { t { f } }",
        "query @live { t { id } }",
        "@live {",
    ),
    "on a variable": ("query ($n: Int = 3 @live) { a(n: $n) }", "query($n: Int = 3 @live) { a(n: $n) }", None),
    "on a mutation": ("mutation @live { m @live }", "mutation @live { m @live }", None),
    "on a mutation that reads": (
        "mutation @live { t { f } }",
        "mutation @live { t { id } }",
        "@live {",
    ),
    "on a query alone": ("query @read { t { f } }", "query @read { t { id } }", "@read {"),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_directive(name: str) -> None:
    query, to_a, to_b = CASES[name]
    graph = build()
    result = await graph.execute(query, {"x": 1, "n": 3, "b": True})
    assert result.errors == []
    assert graph.list_requests("a") == [to_a]
    sent_to_b = graph.list_requests("b")
    assert len(sent_to_b) == (to_b is not None)
    assert all(to_b in text for text in sent_to_b if to_b is not None)


async def test_one_for_mutations_alone_is_not_on_the_queries_for_their_entities() -> None:
    graph = build("MUTATION | FIELD")
    result = await graph.execute("mutation @live { t { f @live } }")
    assert (result.data, result.errors) == ({"t": {"f": 3}}, [])
    assert graph.list_requests("a")[0].startswith("mutation @live")
    assert graph.list_requests("b")[0].startswith("query(")
    assert "f @live" in graph.list_requests("b")[0]


async def test_what_is_answered_stays_the_same() -> None:
    query = "query @live { x: a @live ... @live { t @field { f @live n g @live id } } nodes { ... on T @live { n } } }"
    plain = query.replace("@live", "").replace("@field", "")
    marked, expected = await build().execute(query), await build().execute(plain)
    assert (marked.data, marked.errors) == (expected.data, [])
    assert list(marked.data or ()) == ["x", "t", "nodes"]


async def test_introspection_and_type_names_are_no_subgraphs_matter() -> None:
    graph = build()
    query = '{ ... @live { __typename @live x: __type(name: "T") @live { name @live } } t { __typename @live } }'
    result = await graph.execute(query)
    expected: dict[str, Any] = {"__typename": "Query", "x": {"name": "T"}, "t": {"__typename": "T"}}
    assert (result.data, result.errors) == (expected, [])


async def test_operations_that_differ_in_directives_have_plans_of_their_own() -> None:
    graph = build()
    config = RouterConfig(demand_control=DemandControlConfig(mode="enforce"))
    client = AsgiClient(build_router_app(config, graph.sdl, transport=AsgiTransport(dict(graph.subgraphs))))
    for query in ("{ a }", "{ a @live }", "query @live { a }", "{ a @live(x: 2) }", "{ a }"):
        assert (await client.query(query)).json == {"data": {"a": 1}}
    assert graph.list_requests("a") == ["{ a }", "{ a @live }", "query @live { a }", "{ a @live(x: 2) }", "{ a }"]
