"""What operations cost: estimated by the weights and lengths of the supergraph, refused, and counted afterwards."""

from typing import Any

import pytest

from entrepot.router.app import build_router_app
from entrepot.router.config import BatchingConfig, DemandControlConfig, LimitsConfig, RouterConfig, WeightsConfig
from entrepot.router.execution.transports.asgi import AsgiTransport
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.composition import supergraph_of
from tests.support.memory_subgraph import MemorySubgraph
from tests.support.tokens import bearer, build_verifier

TYPES = """
type Query {
  book: Book
  shelf: [Book]%(ten)s
  books(first: Int = 3, last: Int): [Book]%(sliced)s
  paged(first: Int, last: Int): Page%(paged)s
  loose(first: Int): [Book]%(loose)s
  search(by: Search, any: [Search!], text: String%(text)s): [Item]
  grid: [[Int]]
  heavy: String%(heavy)s
}
type Mutation { buy: Book }
type Page { edges: [Edge] total: Int }
type Edge { node: Book }
interface Item { id: ID title: String }
type Book implements Item { id: ID title: String author: Author price: Money }
type Film implements Item%(film)s { id: ID title: String }
type Author { name: String books: [Book] }
scalar Money%(money)s
input Search { title: String%(title)s and: [Search!] }
"""
DIRECTIVES = {
    "ten": " @listSize(assumedSize: 10)",
    "sliced": ' @listSize(slicingArguments: ["first", "last"], requireOneSlicingArgument: false)',
    "paged": ' @listSize(slicingArguments: ["first", "last"], sizedFields: ["edges"])',
    "loose": ' @listSize(slicingArguments: ["first"], assumedSize: 7, requireOneSlicingArgument: false)',
    "text": " @cost(weight: 5)",
    "heavy": " @cost(weight: 50)",
    "film": " @cost(weight: 4)",
    "money": " @cost(weight: 2)",
    "title": " @cost(weight: 3)",
}
SUPERGRAPH = supergraph_of(shop=TYPES % DIRECTIVES)
BOOK = {"id": "1", "title": "Emma", "author": {"name": "Austen", "books": []}, "price": 5}
ROOT: dict[str, Any] = {
    "book": BOOK,
    "shelf": [BOOK, BOOK],
    "books": [BOOK],
    "loose": [],
    "paged": {"edges": [{"node": BOOK}, {"node": None}], "total": 2},
    "search": lambda *_, **__: [{"__typename": "Book", **BOOK}, {"__typename": "Film", "id": "2", "title": "Alien"}],
    "grid": [[1, 2], [3]],
    "heavy": "stone",
    "buy": BOOK,
}


def build_client(demand: DemandControlConfig, **options: Any) -> AsgiClient:
    app = MemorySubgraph("shop", TYPES % dict.fromkeys(DIRECTIVES, ""), ROOT)
    clock = ManualClock()
    config = RouterConfig(demand_control=demand, **options)
    transport = AsgiTransport({"shop": app})
    return AsgiClient(
        build_router_app(config, SUPERGRAPH, transport=transport, verifier=build_verifier(clock), clock=clock)
    )


SHOWN = DemandControlConfig(mode="measure", expose="on")

CASES: dict[str, tuple[str, dict[str, Any] | None, int, int]] = {
    # the operation, its variables, the estimate, and what its answer counts
    "an object costs one and its leaves nothing": ("{ book { id title } }", None, 1, 1),
    "objects below objects": ("{ book { author { name } } }", None, 2, 2),
    "a scalar by its type": ("{ book { price } }", None, 3, 3),
    "a field by itself": ("{ heavy }", None, 50, 50),
    "an assumed size": ("{ shelf { id } }", None, 10, 2),
    "the default size": ("{ book { author { books { id } } } }", None, 12, 2),
    "a size by an argument": ("{ books(first: 5) { author { name } } }", None, 10, 2),
    "a size by the argument's default": ("{ books { id } }", None, 3, 1),
    "the larger of two arguments": ("{ books(first: 5, last: 8) { id } }", None, 8, 1),
    "a size by a variable": ("query ($n: Int) { books(first: $n) { id } }", {"n": 100}, 100, 1),
    "a size by a variable's default": ("query ($n: Int = 20) { books(first: $n) { id } }", None, 20, 1),
    "a variable that is left out leaves the argument's default": (
        "query ($n: Int) { books(first: $n) { id } }",
        {},
        3,
        1,
    ),
    "no size is negative": ("{ books(first: -5) { id } }", None, 0, 1),
    "an assumed size instead of an argument": ("{ loose { id } }", None, 7, 0),
    "sized fields": ("{ paged(first: 4) { total edges { node { id } } } }", None, 9, 4),
    "a list of lists": ("{ grid }", None, 0, 0),
    "the most expensive of the possible types": ("{ search { __typename id } }", None, 40, 5),
    "what only some types have": ("{ search { ... on Book { __typename author { name } } id } }", None, 40, 6),
    "an argument that costs": ('{ search(text: "x") { __typename } }', None, 45, 10),
    "an argument that is null": ("{ search(text: null) { __typename } }", None, 40, 5),
    "input objects at any depth": (
        '{ search(by: { title: "a", and: [{ title: "b" }, {}] }) { __typename } }',
        None,
        49,
        14,
    ),
    "input objects in variables": (
        "query ($by: Search) { search(by: $by) { __typename } }",
        {"by": {"title": "a", "and": [{"title": "b"}]}},
        48,
        13,
    ),
    "a list of one": ("{ search(any: {}) { __typename } }", None, 41, 6),
    "what is skipped costs nothing": (
        "query ($no: Boolean!) { book { id } shelf @include(if: $no) { id } }",
        {"no": False},
        1,
        1,
    ),
    "aliases cost each time": ("{ a: book { id } b: book { id } }", None, 2, 2),
    "one field once": ("{ book { id } book { title } }", None, 1, 1),
    "a mutation": ("mutation { buy { id } }", None, 11, 11),
    "introspection by the size of the schema": ("{ __schema { types { name fields { name } } } }", None, 8, 8),
    "a little introspection": ('{ __type(name: "Book") { name } }', None, 1, 1),
    "introspection that is skipped": (
        "query ($no: Boolean!) { book { id } __schema @include(if: $no) { types { name } } }",
        {"no": False},
        1,
        1,
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_an_operation_is_estimated_and_counted(name: str) -> None:
    query, variables, estimate, actual = CASES[name]
    answer = (await build_client(SHOWN).query(query, variables)).json
    assert "errors" not in answer
    assert answer["extensions"]["cost"] == {"estimate": estimate, "maximum": 10_000, "actual": actual}


async def test_weights_can_be_configured() -> None:
    weights = WeightsConfig(composite=3, leaf=1, list_size=2, operations={"query": 100})
    client = build_client(DemandControlConfig(mode="measure", expose="on", weights=weights))
    answer = (await client.query("{ book { author { name books { id } } } }")).json
    assert answer["extensions"]["cost"]["estimate"] == 100 + 3 + 3 + 1 + 2 * (3 + 1)


async def test_just_the_maximum_passes_and_more_is_refused_before_anything_is_asked() -> None:
    client = build_client(DemandControlConfig(mode="enforce", max_cost=10))
    query = "query ($n: Int) { books(first: $n) { id } }"
    assert "data" in (await client.query(query, {"n": 10})).json
    refused = await client.query(query, {"n": 11}, headers={"accept": "application/graphql-response+json"})
    assert (refused.status, refused.codes) == (400, ["COST_EXCEEDED"])
    assert refused.json["errors"][0]["extensions"] == {"code": "COST_EXCEEDED", "estimate": 11, "maximum": 10}
    assert client.app.security.counts["limit_exceeded", "COST_EXCEEDED"] == 1


async def test_a_measured_operation_is_not_refused() -> None:
    client = build_client(DemandControlConfig(mode="measure", max_cost=1, expose="on"))
    answer = (await client.query("{ shelf { id } }")).json
    assert answer["extensions"]["cost"] == {"estimate": 10, "maximum": 1, "actual": 2}


@pytest.mark.parametrize("arguments", ["", "(first: 1, last: 1)", "(first: null)"])
async def test_exactly_one_slicing_argument_must_be_given(arguments: str) -> None:
    query = f"{{ paged{arguments} {{ total }} }}"
    refused = await build_client(DemandControlConfig(mode="enforce")).query(query)
    assert refused.codes == ["LIST_SIZE_UNKNOWN"]
    assert refused.json["errors"][0]["extensions"]["coordinate"] == "Query.paged"
    assert "errors" not in (await build_client(SHOWN).query(query)).json


async def test_nested_lists_beyond_every_number_are_refused() -> None:
    client = build_client(DemandControlConfig(mode="enforce", max_cost=2**40))
    deep = "{ books(first: 2147483647) " + "{ author { books " * 8 + "{ id }" + "}}" * 8 + "}"
    refused = await client.query(deep)
    assert refused.codes == ["COST_EXCEEDED"]
    # Told as the greatest integer that every JSON reader takes for exactly this number.
    assert refused.json["errors"][0]["extensions"]["estimate"] == 2**53 - 1


async def test_a_batch_may_not_cost_more_than_one_request() -> None:
    client = build_client(DemandControlConfig(mode="enforce", max_cost=15), batching=BatchingConfig(enabled=True))
    one = {"query": "{ shelf { id } }"}
    assert all("data" in answer for answer in (await client.post([one])).json)
    refused = await client.post([one, one])
    assert refused.codes == ["COST_EXCEEDED"]
    assert refused.json["errors"][0]["extensions"]["estimate"] == 20


async def test_only_who_may_see_is_told() -> None:
    client = build_client(DemandControlConfig(mode="measure", expose="scopes", scopes=(("costs",),)))
    assert "extensions" not in (await client.query("{ heavy }")).json
    told = await client.query("{ heavy }", headers=bearer(ManualClock(), scopes=["costs"]))
    assert told.json["extensions"]["cost"]["actual"] == 50


async def test_turned_off_nothing_is_told() -> None:
    assert "extensions" not in (await build_client(DemandControlConfig(expose="on")).query("{ heavy }")).json


async def test_introspection_is_refused_by_its_estimate_or_while_it_is_answered() -> None:
    types = " ".join(f"a{number}: types {{ fields {{ name type {{ fields {{ name }} }} }} }}" for number in range(300))
    bomb = f"{{ __schema {{ {types} }} }}"
    estimated = await build_client(DemandControlConfig(mode="enforce", max_cost=50)).query(bomb)
    assert estimated.codes == ["COST_EXCEEDED"]
    client = build_client(DemandControlConfig(), limits=LimitsConfig(max_introspection_values=10_000))
    answered = await client.query(bomb, headers={"accept": "application/graphql-response+json"})
    assert (answered.status, answered.codes) == (400, ["INTROSPECTION_TOO_LARGE"])
    assert answered.json["errors"][0]["extensions"]["allowed"] == 10_000
    assert "data" not in answered.json
    assert client.app.security.counts == {("limit_exceeded", "INTROSPECTION_TOO_LARGE"): 1}
