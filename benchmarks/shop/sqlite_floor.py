"""What a read costs with nothing but `sqlite3` and orjson, on the files of an embedded shop."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.shop.cases import LIST, SEARCH, SLUG
from benchmarks.shop.client import WrongAnswer
from benchmarks.shop.goods import PAGE

_SHOWN: Final = "SELECT id, name, slug, description FROM products WHERE status = 'ACTIVE'"
_PRODUCTS: Final = {
    LIST: (f"{_SHOWN} AND id > ? ORDER BY id LIMIT {PAGE + 1}", "after"),
    SLUG: (f"{_SHOWN} AND slug = ?", "slug"),
    SEARCH: (f"{_SHOWN} AND search_text LIKE '%' || ? || '%' ORDER BY id LIMIT {PAGE + 1}", "word"),
}
_VARIANTS: Final = """SELECT v.product_id, v.id, v.sku, p.minor_units FROM variants v
  JOIN prices p ON p.variant_id = v.id AND p.channel = 'default' AND p.currency = 'EUR'
  WHERE v.product_id IN ({}) ORDER BY v.id"""
_STOCK: Final = "SELECT variant_id, sum(on_hand - reserved) FROM stock WHERE variant_id IN ({}) GROUP BY variant_id"

Variables = Mapping[str, Any]


class SqliteFloor:
    """The databases of catalog and inventory in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._catalog = sqlite3.connect(f"file:{folder}/catalog.db?mode=ro", uri=True)
        self._inventory = sqlite3.connect(f"file:{folder}/inventory.db?mode=ro", uri=True)

    def check(self, case: str, given: Variables, data: Mapping[str, Any]) -> None:
        """Raises WrongAnswer unless the response equals the data."""
        own = orjson.loads(self._answer(case, given))["data"]
        if own != data:
            raise WrongAnswer(f"The floor responds {own}, the shop {data}.")

    def measure(self, case: str, given: Sequence[Variables], seconds: float) -> float:
        """CPU in ms per request."""
        until, spent = time.perf_counter() + seconds, time.process_time()
        for number in itertools.count(1):
            self._answer(case, given[number % len(given)])
            if time.perf_counter() > until:
                return 1000 * (time.process_time() - spent) / number
        raise AssertionError("It counts without end.")

    def _answer(self, case: str, given: Variables) -> bytes:
        statement, name = _PRODUCTS[case]
        rows = self._catalog.execute(statement, (given[name],)).fetchall()
        products = self._fill(rows[:PAGE], with_stock=case != SEARCH)
        if case == SLUG:
            return orjson.dumps({"data": {"productBySlug": {"description": rows[0][3], **products[0]}}})
        page: dict[str, Any] = {"edges": [{"node": product} for product in products]}
        if case == LIST:
            page["pageInfo"] = {"hasNextPage": len(rows) > PAGE}
        return orjson.dumps({"data": {"products": page}})

    def _fill(self, rows: Sequence[tuple[str, str, str, str]], *, with_stock: bool) -> Sequence[dict[str, Any]]:
        variants = _select(self._catalog, _VARIANTS, [row[0] for row in rows])
        stock = dict(_select(self._inventory, _STOCK, [row[1] for row in variants])) if with_stock else {}
        of_product: dict[str, list[dict[str, Any]]] = {row[0]: [] for row in rows}
        for product_id, variant_id, sku, minor_units in variants:
            price = {"current": {"minorUnits": minor_units, "currency": "EUR"}}
            shown: dict[str, Any] = {"sku": sku, "price": price}
            if with_stock:
                shown |= {"id": variant_id, "availability": {"available": stock.get(variant_id, 0)}}
            of_product[product_id].append(shown)
        return [{"id": row[0], "name": row[1], "slug": row[2], "variants": of_product[row[0]]} for row in rows]


def _select(connection: sqlite3.Connection, statement: str, keys: Sequence[str]) -> list[tuple[Any, ...]]:
    return connection.execute(statement.format(",".join("?" * len(keys))), keys).fetchall()
