"""An entity of several interfaces that are interface objects in one subgraph is entered as each (faults/router/01)."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.composed_graph import ComposedGraph
from tests.support.memory_subgraph import MemorySubgraph

ITEM = {"__typename": "Item", "id": "1", "sku": "s1", "name": "n", "label": "L"}
ROOT = {"items": [ITEM], "ps": [ITEM], "ms": [ITEM]}


def build(
    a: str, b: str, root_b: Mapping[str, Any] | None = None, entities: Mapping[str, Any] | None = None
) -> ComposedGraph:
    found = {
        "P": lambda sent: {**sent, "perms": f"p{sent['id']}"},
        "M": lambda sent: {**sent, "meta": f"m{sent['id']}"},
    }
    return ComposedGraph(
        MemorySubgraph("a", a, ROOT, dict.fromkeys(("Item", "P", "M"), lambda _: ITEM)),
        MemorySubgraph("b", b, root_b or {}, entities or found),
    )


A = """
type Query { items: [Item] ps: [P] ms: [M] }
interface P @key(fields: "id") { id: ID! }
interface M @key(fields: "id") { id: ID! }
type Item implements P & M @key(fields: "id") { id: ID! name: String }
"""
B = """
type Query { bp: P bm: M }
type P @key(fields: "id") @interfaceObject { id: ID! perms: String }
type M @key(fields: "id") @interfaceObject { id: ID! meta: String }
"""
B_ROOT = {"bp": {"id": "1", "perms": "p1"}, "bm": {"id": "1", "meta": "m1"}}
SAME_KEY = [
    ("{ items { perms } }", {"items": [{"perms": "p1"}]}),
    ("{ items { meta } }", {"items": [{"meta": "m1"}]}),
    ("{ items { perms meta } }", {"items": [{"perms": "p1", "meta": "m1"}]}),
    ("{ items { meta perms name } }", {"items": [{"meta": "m1", "perms": "p1", "name": "n"}]}),
    (
        "{ items { name ... on P { perms } ... on M { meta } } }",
        {"items": [{"name": "n", "perms": "p1", "meta": "m1"}]},
    ),
    ("{ ps { perms } }", {"ps": [{"perms": "p1"}]}),
    ("{ ps { perms ... on Item { meta } } }", {"ps": [{"perms": "p1", "meta": "m1"}]}),
    ("{ ps { ... on M { meta } } }", {"ps": [{"meta": "m1"}]}),
    ("{ ms { meta ... on P { perms } } }", {"ms": [{"meta": "m1", "perms": "p1"}]}),
    ("{ bp { perms } }", {"bp": {"perms": "p1"}}),
    ("{ bp { perms ... on Item { meta name } } }", {"bp": {"perms": "p1", "meta": "m1", "name": "n"}}),
    ("{ bp { perms ... on M { meta } } }", {"bp": {"perms": "p1", "meta": "m1"}}),
    ("{ bm { meta ... on P { perms } __typename } }", {"bm": {"meta": "m1", "perms": "p1", "__typename": "Item"}}),
    ("{ x: items { y: perms z: meta } }", {"x": [{"y": "p1", "z": "m1"}]}),
]


@pytest.mark.parametrize(("query", "expected"), SAME_KEY)
async def test_one_key(query: str, expected: Any) -> None:
    graph = build(A, B, B_ROOT)
    result = await graph.execute(query)
    assert (result.data, result.errors) == (expected, [])


async def test_both_are_asked_for_in_one_request() -> None:
    graph = build(A, B, B_ROOT)
    await graph.execute("{ items { perms meta } }")
    (sent,) = graph.list_requests("b")
    assert "... on P { perms }" in sent
    assert "... on M { meta }" in sent


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ items { perms } }", {"items": [{"perms": "p1"}]}),
        ("{ items { meta } }", {"items": [{"meta": "ms1"}]}),
        ("{ items { meta perms } }", {"items": [{"meta": "ms1", "perms": "p1"}]}),
    ],
)
async def test_two_keys(query: str, expected: Any) -> None:
    graph = build(
        """
        type Query { items: [Item] }
        interface P @key(fields: "id") { id: ID! }
        interface M @key(fields: "sku") { sku: ID! }
        type Item implements P & M @key(fields: "id") @key(fields: "sku") { id: ID! sku: ID! name: String }
        """,
        """
        type P @key(fields: "id") @interfaceObject { id: ID! perms: String }
        type M @key(fields: "sku") @interfaceObject { sku: ID! meta: String }
        """,
        entities={
            "P": lambda sent: {**sent, "perms": f"p{sent['id']}"},
            "M": lambda sent: {**sent, "meta": f"m{sent['sku']}"},
        },
    )
    result = await graph.execute(query)
    assert (result.data, result.errors) == (expected, [])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ items { perms } }", {"items": [{"perms": "p1"}]}),
        ("{ items { meta } }", {"items": [{"meta": "m1L"}]}),
        ("{ items { perms meta label } }", {"items": [{"perms": "p1", "meta": "m1L", "label": "L"}]}),
    ],
)
async def test_one_requires_a_field(query: str, expected: Any) -> None:
    graph = build(
        """
        type Query { items: [Item] }
        interface P @key(fields: "id") { id: ID! }
        interface M @key(fields: "id") { id: ID! label: String }
        type Item implements P & M @key(fields: "id") { id: ID! label: String }
        """,
        """
        type P @key(fields: "id") @interfaceObject { id: ID! perms: String }
        type M @key(fields: "id") @interfaceObject {
          id: ID! label: String @external meta: String @requires(fields: "label")
        }
        """,
        entities={
            "P": lambda sent: {**sent, "perms": f"p{sent['id']}"},
            "M": lambda sent: {**sent, "meta": f"m{sent['id']}{sent.get('label')}"},
        },
    )
    result = await graph.execute(query)
    assert (result.data, result.errors) == (expected, [])


async def test_three_with_objects_and_an_entity_below() -> None:
    interfaces = "".join(f'interface {name} @key(fields: "id") {{ id: ID! }} ' for name in "PMQ")
    objects = """
    type P @key(fields: "id") @interfaceObject { id: ID! perms: [Box] }
    type M @key(fields: "id") @interfaceObject { id: ID! meta: Box owner: User }
    type Q @key(fields: "id") @interfaceObject { id: ID! more: String }
    type Box { size: Int m: M }
    type User @key(fields: "id") { id: ID! nick: String }
    """
    graph = ComposedGraph(
        MemorySubgraph(
            "a",
            "type Query { items: [Item] } "
            + interfaces
            + 'type Item implements P & M & Q @key(fields: "id") { id: ID! name: String }'
            + 'type User @key(fields: "id") { id: ID! email: String }',
            ROOT,
            {**dict.fromkeys(("Item", "P", "M", "Q"), lambda _: ITEM), "User": lambda sent: {**sent, "email": "e"}},
        ),
        MemorySubgraph(
            "b",
            objects,
            {},
            {
                "P": lambda sent: {**sent, "perms": [{"size": 1, "m": {"id": sent["id"], "meta": {"size": 7}}}]},
                "M": lambda sent: {**sent, "meta": {"size": 2}, "owner": {"id": "u", "nick": "k"}},
                "Q": lambda sent: {**sent, "more": "q"},
                "User": lambda sent: {**sent, "nick": "k"},
            },
        ),
    )
    query = """
    { items { more perms { size m { meta { size } ... on Item { name more } } } meta { size } owner { nick email } } }
    """
    result = await graph.execute(query)
    below = {"meta": {"size": 7}, "name": "n", "more": "q"}
    expected = {
        "more": "q",
        "perms": [{"size": 1, "m": below}],
        "meta": {"size": 2},
        "owner": {"nick": "k", "email": "e"},
    }
    assert (result.data, result.errors) == ({"items": [expected]}, [])


async def test_in_two_subgraphs() -> None:
    graph = ComposedGraph(
        MemorySubgraph("a", A, ROOT, {"Item": lambda _: ITEM}),
        *(
            MemorySubgraph(
                name,
                f'type {kind} @key(fields: "id") @interfaceObject {{ id: ID! {added}: String }}',
                {},
                {kind: lambda sent, added=added: {**sent, added: f"{added[0]}1"}},
            )
            for name, kind, added in (("b", "P", "perms"), ("c", "M", "meta"))
        ),
    )
    result = await graph.execute("{ items { perms meta } }")
    assert (result.data, result.errors) == ({"items": [{"perms": "p1", "meta": "m1"}]}, [])
    assert not graph.graph.facets
