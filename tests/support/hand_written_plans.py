"""Plans written by hand, in few words, and two subgraphs for them to run against."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from entrepot.router.execution import (
    AsgiTransport,
    ExecutionLimits,
    ExecutionRequest,
    ExecutionResult,
    FetchRecord,
    compile_plan,
)
from entrepot.router.plan import (
    EntityFetch,
    Fetch,
    OutputField,
    OutputSelection,
    OutputType,
    PathStep,
    PlanNode,
    QueryPlan,
    Representation,
)
from entrepot.router.selection import Field
from tests.support.memory_subgraph import MemorySubgraph

PRODUCTS_SDL = """
type Query { products: [Product] me: User lead: User broken: [Product!] failing: Product }
type Mutation { first: Product second: Product }
type Product { id: ID! name: String! big: String }
type User { id: ID! favorite: Product! }
"""
REVIEWS_SDL = """
type Query { unused: Int }
type Product { id: ID! stars: Int note: String! details: Details label(locale: String): String }
type Details { weight: Int }
"""


_TYPES = {"id": "ID", "stars": "Int", "weight": "Int"}


def leaf(key: str, *, non_null: bool = False, source: str | None = None, name: str | None = None) -> OutputField:
    field = name or source or key
    return OutputField(key, source or key, name or key, OutputType(_TYPES.get(field, "String"), (non_null,)))


def nested(key: str, fields: tuple[OutputField, ...], shape: str, *, typename: str = "Product") -> OutputField:
    selection = OutputSelection(((typename, fields),))
    return OutputField(key, key, key, OutputType(typename, tuple(level == "!" for level in shape)), selection=selection)


def query(root: PlanNode | None, *fields: OutputField) -> QueryPlan:
    return QueryPlan("query", root, OutputSelection((("Query", fields),)))


def root_fetch(operation: str, number: int = 1, **options: Any) -> Fetch:
    return Fetch(number, "products", "query", operation, None, **options)


def entity_fetch(
    selection: str, *paths: tuple[PathStep, ...], number: int = 2, keys: tuple[Field, ...] = (Field("id"),)
) -> Fetch:
    call = EntityFetch("_entities", "representations", paths, (Representation(None, "Product", keys),))
    operation = (
        "query($representations: [_Any!]!) { _entities(representations: $representations) "
        f"{{ ... on Product {{ {selection} }} }} }}"
    )
    return Fetch(number, "reviews", "query", operation, None, entities=(call,))


PRODUCTS = (PathStep("products", 1),)


class Shop:
    """Two subgraphs whose data a test may change before it runs a plan."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {
            "products": [{"id": "1", "name": "Lamp"}, {"id": "2", "name": "Desk"}, {"id": "1", "name": "Lamp"}],
            "me": {"id": "u1", "favorite": {"id": "1", "name": "Lamp"}},
            "lead": {"id": "u1", "favorite": {"id": "1", "name": "Lamp"}},
        }
        self.resolve: Callable[[dict[str, Any]], Any] = lambda item: {
            "stars": int(item["id"]),
            "note": f"note {item['id']}",
            "details": {"weight": 7},
            "label": lambda _info, locale: locale,
        }
        self.products = MemorySubgraph("products", PRODUCTS_SDL, self.root)
        self.reviews = MemorySubgraph("reviews", REVIEWS_SDL, entities={"Product": self._resolve})
        self.records: list[FetchRecord] = []
        self.transport = AsgiTransport({"products": self.products, "reviews": self.reviews})

    def _resolve(self, item: dict[str, Any]) -> Any:
        return self.resolve(item)

    async def run(self, plan: QueryPlan, limits: ExecutionLimits | None = None, **variables: Any) -> ExecutionResult:
        ticks = iter(range(1000))
        request = ExecutionRequest(
            transport=self.transport,
            variables=variables,
            on_fetch=self.records.append,
            monotonic=lambda: float(next(ticks)),
            headers=lambda subgraph: {"x-for": subgraph},
        )
        return await compile_plan(plan, limits or ExecutionLimits()).execute(request)

    def sent_representations(self) -> list[Any]:
        return [request["variables"]["representations"] for request in self.reviews.requests]
