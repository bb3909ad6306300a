"""`@listSize` with paths into input objects and into what is returned (faults/router/08)."""

from typing import Any

import pytest
import structlog

from entrepot.router.app import build_router_app
from entrepot.router.config import DemandControlConfig, RouterConfig, WeightsConfig
from entrepot.router.execution.transports.asgi import AsgiTransport
from entrepot.router.federation.demand import read_paths
from tests.support.asgi_client import AsgiClient
from tests.support.composition import compose_sdl
from tests.support.memory_subgraph import MemorySubgraph

TYPES = """
type Query {
  l(first: Int, i: I, many: [P!], ids: [ID!], d: D): [T]%(slice)s
  c(first: Int, i: I): C%(sized)s
}
input I { p: P q: Int = 6 }
input P { first: Int last: Int }
input D { p: P2 = { first: 4 } }
input P2 { first: Int }
type C { edges: [T] r: R }
type R { page: [T] other: [T] }
type T { id: ID! c: C }
"""


def supergraph(slicing: str, sized: str = "edges") -> str:
    """The supergraph with these texts in `@listSize`, whether or not the composer would write them."""
    marks = {
        "slice": ' @listSize(slicingArguments: ["first"], requireOneSlicingArgument: false)',
        "sized": ' @listSize(slicingArguments: ["first"], sizedFields: ["edges"], requireOneSlicingArgument: false)',
    }
    composed = compose_sdl(shop=TYPES % marks).supergraph_sdl
    assert composed is not None
    changed = composed.replace('sizedFields: ["edges"]', f'sizedFields: ["{sized}"]')
    head, mark, tail = changed.partition('@listSize(slicingArguments: ["first"], requireOne')
    if not mark:
        raise AssertionError(changed)
    return head + mark.replace('"first"', f'"{slicing}"') + tail


def build_client(sdl: str, **demand: Any) -> AsgiClient:
    app = MemorySubgraph("shop", TYPES % {"slice": "", "sized": ""}, {"l": [], "c": None})
    shown = {"mode": "measure", "expose": "on", "weights": WeightsConfig(input_object=0), **demand}
    config = RouterConfig(demand_control=DemandControlConfig(**shown))
    return AsgiClient(build_router_app(config, sdl, transport=AsgiTransport({"shop": app})))


async def estimate(client: AsgiClient, query: str, variables: dict[str, Any] | None = None) -> int:
    answer = (await client.query(query, variables)).json
    assert "errors" not in answer
    found: int = answer["extensions"]["cost"]["estimate"]
    return found


@pytest.mark.parametrize(
    ("slicing", "query", "variables", "expected"),
    [
        ("i.p.first", "query ($i: I) { l(i: $i) { id } }", {"i": {"p": {"first": 100}}}, 100),
        ("i.p.first", "query ($n: Int) { l(i: { p: { first: $n } }) { id } }", {"n": 5}, 5),
        ("i.p.first", "query ($p: P) { l(i: { p: $p }) { id } }", {"p": {"first": 7}}, 7),
        ("i.p.first", "{ l(i: { p: { first: 3 } }) { id } }", None, 3),
        ("i.p.first", "{ l(i: { p: { first: null } }) { id } }", None, 10),
        ("i.p.first", "{ l(i: { p: null }) { id } }", None, 10),
        ("i.p.first", "{ l(i: {}) { id } }", None, 10),
        ("i.p.first", "{ l { id } }", None, 10),
        ("i.p.first", "{ l(i: { p: { first: -9 } }) { id } }", None, 0),
        ("i { p { first } }", "{ l(i: { p: { first: 8 } }) { id } }", None, 8),
        ("i.p{first last}", "{ l(i: { p: { first: 8 } }) { id } }", None, 10),
        ("i{p{first last}}", "{ l(i: { p: { first: 8, last: 9 } }) { id } }", None, 9),
        ("i.q", "{ l(i: { q: 2 }) { id } }", None, 2),
        ("i.q", "{ l(i: {}) { id } }", None, 6),
        ("d.p.first", "{ l(d: {}) { id } }", None, 4),
        ("many.first", "{ l(many: [{ first: 2 }, { first: 3 }]) { id } }", None, 5),
        ("ids", '{ l(ids: ["a", "b"]) { id } }', None, 2),
        ("i.p.nope", "{ l(i: { p: { first: 8 } }) { id } }", None, 10),
        ("first", "{ l(first: 12) { id } }", None, 12),
    ],
)
async def test_a_slicing_argument(slicing: str, query: str, variables: dict[str, Any] | None, expected: int) -> None:
    assert await estimate(build_client(supergraph(slicing)), query, variables) == expected


@pytest.mark.parametrize(
    ("sized", "query", "expected"),
    [
        ("r{page}", "{ c(first: 3) { r { page { id } } } }", 1 + 1 + 3),
        ("r.page", "{ c(first: 3) { r { page { id } other { id } } } }", 1 + 1 + 3 + 10),
        ("r { page other }", "{ c(first: 3) { r { page { id } other { id } } } }", 1 + 1 + 3 + 3),
        ("r { page }", "{ c(first: 3) { edges { id } r { page { id } } } }", 1 + 10 + 1 + 3),
        ("edges", "{ c(first: 3) { edges { id c { edges { id } } } } }", 1 + 3 * (1 + 1 + 10)),
        ("edges{c{r{page}}}", "{ c(first: 3) { edges { c { r { page { id } } } } } }", 1 + 10 * (1 + 1 + 1 + 3)),
    ],
)
async def test_sized_fields(sized: str, query: str, expected: int) -> None:
    assert await estimate(build_client(supergraph("first", sized)), query) == expected


async def test_a_limit_that_one_believes_to_have_holds() -> None:
    client = build_client(supergraph("i.p.first"), mode="enforce", max_cost=50)
    query = "query ($i: I) { l(i: $i) { id } }"
    assert (await client.query(query, {"i": {"p": {"first": 100}}})).codes == ["COST_EXCEEDED"]
    assert (await client.query(query, {"i": {"p": {"first": 50}}})).json["data"] == {"l": []}


async def test_exactly_one_of_several_paths() -> None:
    sdl = supergraph("first").replace(
        'slicingArguments: ["first"], requireOneSlicingArgument: false)',
        'slicingArguments: ["i.p.first", "first"], requireOneSlicingArgument: true)',
        1,
    )
    client = build_client(sdl, mode="enforce")
    assert (await client.query("{ l(i: { p: { first: 2 } }) { id } }")).json["data"] == {"l": []}
    refused = await client.query("{ l(first: 1, i: { p: { first: 2 } }) { id } }")
    assert refused.codes == ["LIST_SIZE_UNKNOWN"]
    assert refused.json["errors"][0]["extensions"]["arguments"] == ["i.p.first", "first"]


@pytest.mark.parametrize(
    ("slicing", "sized", "problem"),
    [
        ("i.p.first", "r{page}", None),
        ("nope", "edges", "Query.l: the slicing argument 'nope' is"),
        (
            "i.nope",
            "edges",
            "Query.l: the slicing argument 'i.nope' is",
        ),
        ("first", "r", "Query.c: the sized field 'r' is"),
        ("first", "r{", "Query.c: the sized field 'r{' is"),
        ("first", "r.nope", "Query.c: the sized field 'r.nope' is"),
    ],
)
@pytest.mark.parametrize("mode", ["enforce", "measure", "off"])
def test_what_cannot_be_used_is_logged_at_start(slicing: str, sized: str, problem: str | None, mode: str) -> None:
    with structlog.testing.capture_logs() as logs:
        build_client(supergraph(slicing, sized), mode=mode)
    found = [entry["problem"] for entry in logs if entry["event"] == "demand.list_size_unusable"]
    assert len(found) == (problem is not None and mode != "off")
    assert all(problem in each for each in found if problem)


def build_marks(slicing: str, sized: str) -> dict[str, str]:
    return {
        "slice": f' @listSize(slicingArguments: ["{slicing}"])',
        "sized": f' @listSize(sizedFields: ["{sized}"])',
    }


class TestComposition:
    @pytest.mark.parametrize("slicing", ["first", "i.p.first", "i { p { first } }", "i.q"])
    @pytest.mark.parametrize("sized", ["edges", "r.page", "r { page other }"])
    def test_paths_are_composed(self, slicing: str, sized: str) -> None:
        marks = {
            "slice": f' @listSize(slicingArguments: ["{slicing}"])',
            "sized": f' @listSize(sizedFields: ["{sized}"])',
        }
        composed = compose_sdl(shop=TYPES % marks)
        assert composed.errors == ()
        assert composed.supergraph_sdl is not None
        assert f'"{slicing}"' in composed.supergraph_sdl
        assert f'"{sized}"' in composed.supergraph_sdl

    @pytest.mark.parametrize(
        ("slicing", "sized", "code"),
        [
            ("nope", "edges", "LIST_SIZE_INVALID_SLICING_ARGUMENT"),
            ("i", "edges", "LIST_SIZE_INVALID_SLICING_ARGUMENT"),
            ("i.p", "edges", "LIST_SIZE_INVALID_SLICING_ARGUMENT"),
            ("i.p.nope", "edges", "LIST_SIZE_INVALID_SLICING_ARGUMENT"),
            ("first.x", "edges", "LIST_SIZE_INVALID_SLICING_ARGUMENT"),
            ("i{", "edges", "LIST_SIZE_INVALID_SLICING_ARGUMENT"),
            ("first", "r.nope", "LIST_SIZE_INVALID_SIZED_FIELD"),
            ("first", "r{", "LIST_SIZE_INVALID_SIZED_FIELD"),
            ("first", "r", "LIST_SIZE_APPLIED_TO_NON_LIST"),
        ],
    )
    def test_what_leads_nowhere_is_refused(self, slicing: str, sized: str, code: str) -> None:
        marks = {
            "slice": f' @listSize(slicingArguments: ["{slicing}"])',
            "sized": f' @listSize(sizedFields: ["{sized}"])',
        }
        assert [error.code for error in compose_sdl(shop=TYPES % marks).errors] == [code]


def test_paths_that_cannot_be_read_are_none() -> None:
    assert [read_paths(text) for text in ("", ".", "a.", "a..b", "a{", "a{}", "} {a")] == [()] * 7
