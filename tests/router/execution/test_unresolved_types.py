"""An object whose type nobody says does not vanish without an error (faults/router/11; GraphQL section 6.4.3)."""

from typing import Any

import pytest

from tests.support.composed_graph import ComposedGraph
from tests.support.memory_subgraph import MemorySubgraph

OWNER = """
type Query { ms: [M] }
interface M @key(fields: "id") { id: ID! t: String }
type A implements M @key(fields: "id") { id: ID! t: String x: Int }
type B implements M @key(fields: "id") { id: ID! t: String x: Int }
"""
UNKNOWN = "77"


class _Owner(MemorySubgraph):
    """The subgraph that has the interface as one; it answers null for the entity `UNKNOWN`."""

    def _resolve_entity(self, representation: dict[str, Any]) -> Any:
        key = representation["id"]
        if key == UNKNOWN:
            return None
        return {"__typename": "A" if key == "1" else "B", "id": key, "t": f"t{key}", "x": int(key)}


def build(returned: str = "[M]") -> ComposedGraph:
    keys = ("1", UNKNOWN, "2")
    objects = [{"id": key, "r": number} for number, key in enumerate(keys, 1)]
    return ComposedGraph(
        _Owner("a", OWNER, {"ms": []}, {"A": dict, "B": dict}),
        MemorySubgraph(
            "b",
            f'type Query {{ top: {returned} one: M }} type M @key(fields: "id") @interfaceObject {{ id: ID! r: Int }}',
            {"top": objects, "one": objects[1]},
            {"M": lambda sent: {"id": sent["id"], "r": 5}},
        ),
    )


@pytest.mark.parametrize(
    ("query", "rest"),
    [
        ("{ top { r ... on A { x } } }", [{"r": 1, "x": 1}, None, {"r": 3}]),
        ("{ top { r __typename } }", [{"r": 1, "__typename": "A"}, None, {"r": 3, "__typename": "B"}]),
        (
            "{ top { __typename r t } }",
            [
                {"__typename": "A", "r": 1, "t": "t1"},
                None,
                {"__typename": "B", "r": 3, "t": "t2"},
            ],
        ),
        ("{ top { r ... on A { id } ... on B { t } } }", [{"r": 1, "id": "1"}, None, {"r": 3, "t": "t2"}]),
    ],
)
async def test_it_is_null_with_an_error_at_its_place(query: str, rest: list[Any]) -> None:
    result = await build().execute(query)
    assert result.data == {"top": rest}
    (error,) = result.errors
    assert error["path"] == ["top", 1]
    assert error["extensions"] == {"code": "INVALID_SUBGRAPH_DATA"}


@pytest.mark.parametrize("query", ["{ top { r ... on A { x } } }", "{ top { __typename } }"])
async def test_the_null_goes_up_where_none_may_be(query: str) -> None:
    result = await build("[M!]").execute(query)
    assert result.data == {"top": None}
    assert [error["path"] for error in result.errors] == [["top", 1]]


async def test_outside_of_lists() -> None:
    result = await build().execute("{ one { __typename } }")
    assert (result.data, [error["path"] for error in result.errors]) == ({"one": None}, [["one"]])


async def test_what_needs_no_type_stays() -> None:
    result = await build().execute("{ top { r t } }")
    assert result.data == {"top": [{"r": 1, "t": "t1"}, {"r": 2, "t": None}, {"r": 3, "t": "t2"}]}


async def test_a_failure_that_says_why_is_the_only_error() -> None:
    graph = build()

    def fail(_representation: dict[str, Any]) -> Any:
        raise ValueError("The store is closed.")

    graph.subgraphs["a"]._resolve_entity = fail  # type: ignore[method-assign]
    result = await graph.execute("{ one { __typename } }")
    assert result.data == {"one": None}
    assert len(result.errors) == 1
