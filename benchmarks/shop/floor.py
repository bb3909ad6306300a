"""`python -m benchmarks.shop.floor`: what a read costs with nothing but asyncpg and orjson, on the tables of our shop.

It reads a job from stdin, checks that its responses equal those of the shop, and prints CPU in ms per request by case.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import asyncpg
import orjson
import uvloop

from benchmarks.shop.cases import LIST, SEARCH, SLUG
from benchmarks.shop.client import WrongAnswer
from benchmarks.shop.goods import PAGE

_WORKERS: Final = 8
"""Several at a time, each with connections of its own: the event loop then wakes for more than one answer."""
_SHOWN: Final = "SELECT id, name, slug, description FROM products WHERE status = 'ACTIVE'"
_PAGE: Final = f"{_SHOWN} AND id > $1 ORDER BY id LIMIT {PAGE + 1}"
_BY_SLUG: Final = f"{_SHOWN} AND slug = $1"
_BY_WORD: Final = f"{_SHOWN} AND search_text LIKE '%' || $1 || '%' ORDER BY id LIMIT {PAGE + 1}"
_VARIANTS: Final = """SELECT v.product_id, v.id, v.sku, p.minor_units FROM variants v
  JOIN prices p ON p.variant_id = v.id AND p.channel = 'default' AND p.currency = 'EUR'
  WHERE v.product_id = ANY($1) ORDER BY v.id"""
_STOCK: Final = """SELECT variant_id, sum(on_hand - reserved)::int FROM stock
  WHERE variant_id = ANY($1) GROUP BY variant_id"""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Row = Mapping[str, Any]
Variables = Mapping[str, Any]


class Floor:
    """One connection to each database that is read, with prepared statements."""

    def __init__(self, catalog: Connection, inventory: Connection) -> None:
        self._catalog, self._inventory = catalog, inventory
        self._prepared: dict[str, Any] = {}

    async def prepare(self) -> None:
        for statement in (_PAGE, _BY_SLUG, _BY_WORD, _VARIANTS):
            self._prepared[statement] = await self._catalog.prepare(statement)
        self._prepared[_STOCK] = await self._inventory.prepare(_STOCK)

    async def list_page(self, given: Variables) -> bytes:
        rows = await self._prepared[_PAGE].fetch(given["after"])
        products = await self._fill(rows[:PAGE], with_stock=True)
        edges = [{"node": product} for product in products]
        page = {"edges": edges, "pageInfo": {"hasNextPage": len(rows) > PAGE}}
        return orjson.dumps({"data": {"products": page}})

    async def find_slug(self, given: Variables) -> bytes:
        rows = await self._prepared[_BY_SLUG].fetch(given["slug"])
        (product,) = await self._fill(rows, with_stock=True)
        return orjson.dumps({"data": {"productBySlug": {"description": rows[0]["description"], **product}}})

    async def search(self, given: Variables) -> bytes:
        rows = await self._prepared[_BY_WORD].fetch(given["word"])
        products = await self._fill(rows[:PAGE], with_stock=False)
        return orjson.dumps({"data": {"products": {"edges": [{"node": product} for product in products]}}})

    async def _fill(self, rows: Sequence[Row], *, with_stock: bool) -> Sequence[dict[str, Any]]:
        variants = await self._prepared[_VARIANTS].fetch([row["id"] for row in rows])
        stock: Mapping[str, int] = {}
        if with_stock:
            stock = dict(await self._prepared[_STOCK].fetch([row["id"] for row in variants]))
        of_product: dict[str, list[dict[str, Any]]] = {row["id"]: [] for row in rows}
        for product_id, variant_id, sku, minor_units in variants:
            price = {"current": {"minorUnits": minor_units, "currency": "EUR"}}
            shown = {"id": variant_id, "sku": sku, "price": price} if with_stock else {"sku": sku, "price": price}
            if with_stock:
                shown["availability"] = {"available": stock.get(variant_id, 0)}
            of_product[product_id].append(shown)
        return [
            {"id": row["id"], "name": row["name"], "slug": row["slug"], "variants": of_product[row["id"]]}
            for row in rows
        ]


_METHODS: Final[Mapping[str, Callable[[Floor, Variables], Awaitable[bytes]]]] = {
    LIST: Floor.list_page,
    SLUG: Floor.find_slug,
    SEARCH: Floor.search,
}


async def measure(job: Mapping[str, Any]) -> dict[str, float]:
    """CPU in ms per request by case; raises WrongAnswer for a response that differs from the shop's."""
    floors = [await _open(job["catalog"], job["inventory"]) for _ in range(_WORKERS)]
    costs = {}
    for case, requests in job["cases"].items():
        for request in requests:
            answer = orjson.loads(await _METHODS[case](floors[0], request["variables"]))
            if answer["data"] != request["data"]:
                raise WrongAnswer(f"The floor responds {answer['data']}, the shop {request['data']}.")
        variables = [request["variables"] for request in requests]
        await _run(floors, case, variables, job["seconds"] / 4)
        costs[case] = await _run(floors, case, variables, job["seconds"])
    return costs


async def _open(catalog: str, inventory: str) -> Floor:
    floor = Floor(await asyncpg.connect(catalog), await asyncpg.connect(inventory))
    await floor.prepare()
    return floor


async def _run(floors: Sequence[Floor], case: str, variables: Sequence[Variables], seconds: float) -> float:
    method, given, count = _METHODS[case], itertools.cycle(variables), itertools.count()
    until, spent = time.perf_counter() + seconds, time.process_time()

    async def work(floor: Floor) -> None:
        while time.perf_counter() < until:
            await method(floor, next(given))
            next(count)

    await asyncio.gather(*map(work, floors))
    return 1000 * (time.process_time() - spent) / next(count)


if __name__ == "__main__":
    sys.stdout.write(orjson.dumps(uvloop.run(measure(orjson.loads(sys.stdin.buffer.read())))).decode())
