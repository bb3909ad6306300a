"""The benchmark of the shop without servers: its goods, its checks of answers, its statistics, its report."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from benchmarks.shop.cases import ADD, CASES, LIST, READS, SEARCH, SLUG, Read, Shop, describe_hits
from benchmarks.shop.client import WrongAnswer, decode
from benchmarks.shop.goods import PAGE, VARIANTS, Goods, Product, build_goods, pick
from benchmarks.shop.load import Sample, percentile
from benchmarks.shop.ours import OurShop
from benchmarks.shop.picture import draw_picture
from benchmarks.shop.report import Figures, Scarce, build_report, print_tables, summarize
from benchmarks.shop.vendure import VendureShop
from tests.support.tree import ROOT

GOODS = build_goods()
SAMPLE = Sample(
    operations=100, rate=50.0, p50=10.0, p99=20.0, cpu=4.0, busy=0.9, statements=3.0, requests=1.0, resident=2**27
)


class Pages:
    """Answers a shop's list of ids, as its graph does."""

    def __init__(self, goods: Goods) -> None:
        self._goods = goods

    async def execute(self, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        products = [
            {"id": product.slug, "variants": [{"id": item.sku, "sku": item.sku} for item in product.variants]}
            for product in self._goods.products
        ]
        if "skip" in variables:
            first = variables["skip"]
            return {"products": {"items": products[first : first + 100], "totalItems": len(products)}}
        first = 0 if variables["after"] is None else int(variables["after"])
        edges = [{"cursor": str(first + n + 1), "node": node} for n, node in enumerate(products[first : first + 100])]
        more = first + 100 < len(products)
        return {"products": {"edges": edges, "pageInfo": {"hasNextPage": more, "endCursor": edges[-1]["cursor"]}}}


async def learn(kind: type[OurShop | VendureShop]) -> Shop:
    shop = kind("http://127.0.0.1:1/graphql", GOODS)
    await shop.learn(Pages(GOODS))  # type: ignore[arg-type]
    return shop


def answer_ours(case: str, products: list[Product]) -> dict[str, Any]:
    nodes = [
        {
            "slug": product.slug,
            "name": product.name,
            "variants": [
                {
                    "sku": item.sku,
                    "price": {"current": {"minorUnits": item.price}},
                    "availability": {"available": item.stock},
                }
                for item in product.variants
            ],
        }
        for product in products
    ]
    return {"productBySlug": nodes[0]} if case == SLUG else {"products": {"edges": [{"node": node} for node in nodes]}}


def answer_vendure(case: str, products: list[Product]) -> dict[str, Any]:
    if case == SEARCH:
        items = [
            {
                "slug": product.slug,
                "productName": product.name,
                "price": {"min": product.variants[0].price, "max": product.variants[-1].price},
            }
            for product in products
        ]
        return {"search": {"items": items}}
    nodes = [
        {
            "slug": product.slug,
            "name": product.name,
            "variants": [
                {"sku": item.sku, "price": item.price, "stockLevel": str(item.stock)} for item in product.variants
            ],
        }
        for product in products
    ]
    return {"product": nodes[0]} if case == SLUG else {"products": {"items": nodes}}


SHOPS = pytest.mark.parametrize(("kind", "answer"), [(OurShop, answer_ours), (VendureShop, answer_vendure)])
TRUTH = {
    LIST: list(GOODS.listed[:PAGE]),
    SLUG: [GOODS.listed[0]],
    SEARCH: list(GOODS.find(GOODS.words[0])),
}


def encode(data: dict[str, Any]) -> bytes:
    return json.dumps({"data": data}).encode()


def spoil(product: Product, **changes: Any) -> Product:
    return replace(product, variants=[replace(product.variants[0], **changes), *product.variants[1:]])


class TestGoods:
    def test_every_word_finds_a_page_and_no_two_words_the_same(self) -> None:
        found = [tuple(product.slug for product in GOODS.find(word)) for word in GOODS.words]
        assert {len(slugs) for slugs in found} == {PAGE}
        assert len(set(found)) == len(GOODS.words) == 100

    def test_no_word_is_in_another_or_in_a_name(self) -> None:
        assert not any(one in other or other in one for one, other in combinations(GOODS.words, 2))
        texts = [text for product in GOODS.products for text in (product.name, product.slug)]
        assert not any(word in text.lower() for word in GOODS.words for text in texts)

    def test_what_tells_products_apart_is_unique(self) -> None:
        skus = [item.sku for product in GOODS.products for item in product.variants]
        slugs = [product.slug for product in GOODS.products]
        assert len(set(skus)) == len(skus) == VARIANTS * len(slugs)
        assert len(set(slugs)) == len(slugs)

    def test_numbers_pick_every_variant_in_turn(self) -> None:
        picked = Counter(pick(GOODS.bought, number) for number in range(2 * VARIANTS * len(GOODS.bought)))
        assert set(picked.values()) == {2}
        assert len(picked) == VARIANTS * len(GOODS.bought)


@SHOPS
class TestChecks:
    async def test_no_two_requests_of_a_case_are_the_same(self, kind: Any, answer: Any) -> None:
        shop = await learn(kind)
        for case in READS:
            bodies = [read.body for read in shop.list_reads(case)]
            assert len(set(bodies)) == len(bodies) >= 100

    @pytest.mark.parametrize("case", READS)
    async def test_the_truth_passes(self, kind: Any, answer: Any, case: str) -> None:
        first_read(await learn(kind), case).check(encode(answer(case, TRUTH[case])))

    @pytest.mark.parametrize("case", READS)
    async def test_whatever_is_wrong_is_refused(self, kind: Any, answer: Any, case: str) -> None:
        read = first_read(await learn(kind), case)
        first, *others = TRUTH[case]
        wrong = [
            [spoil(first, price=1), *others],
            [replace(first, slug="other"), *others],
            [replace(first, name="Other"), *others],
            *([] if case == SEARCH else [[spoil(first, stock=0), *others], [spoil(first, sku="OTHER"), *others]]),
            *([] if case == SLUG else [others, [*others, first, GOODS.listed[151]]]),
        ]
        for products in wrong:
            with pytest.raises(WrongAnswer):
                read.check(encode(answer(case, products)))

    async def test_an_answer_without_a_field_is_refused(self, kind: Any, answer: Any) -> None:
        data = answer(SLUG, TRUTH[SLUG])
        del next(iter(data.values()))["variants"]
        with pytest.raises(WrongAnswer, match="variants"):
            first_read(await learn(kind), SLUG).check(encode(data))


def first_read(shop: Shop, case: str) -> Read:
    return shop.list_reads(case)[0]


def test_errors_are_no_answer() -> None:
    with pytest.raises(WrongAnswer, match="too many"):
        decode(b'{"data": {"products": null}, "errors": [{"message": "too many"}]}')
    with pytest.raises(WrongAnswer):
        decode(b'{"data": null}')


def test_hits_are_facts_in_any_order() -> None:
    hits = describe_hits(GOODS, GOODS.words[3])
    assert isinstance(hits, frozenset)
    assert {hit[0] for hit in hits} == {product.slug for product in GOODS.find(GOODS.words[3])}


def test_percentiles_are_of_what_was_seen() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([7.0], 0.99)) == (51.0, 100.0, 7.0)


def test_a_row_is_the_median_of_its_samples() -> None:
    samples = [replace(SAMPLE, rate=rate, resident=int(rate)) for rate in (10.0, 90.0, 20.0)]
    row = summarize(LIST, "entrepot", "Entrepot", samples)
    assert (row.sample.rate, row.sample.resident) == (20.0, 90)


def build_figures(*, list_rate: float = 600.0, sold: int = 10, floor: float = 1.0) -> Figures:
    rows = [
        summarize(case, shop, shop.title(), [replace(SAMPLE, rate=rate)])
        for case in (LIST, SLUG, SEARCH, ADD)
        for shop, rate in (("entrepot", list_rate if case == LIST else 600.0), ("vendure", 50.0))
    ]
    scarce = {"entrepot": Scarce(200, sold), "vendure": Scarce(200, 197)}
    in_process = dict.fromkeys(READS, 2.0)
    return Figures(rows, {LIST: floor}, scarce, in_process, {LIST: 0.25}, dict.fromkeys(READS, 10.0))


class TestReport:
    def test_targets_that_are_met(self) -> None:
        report = build_report(build_figures(), {"machine": "Linux"})
        assert report["ratios"] == dict.fromkeys((LIST, SLUG, SEARCH, ADD), 12.0)
        assert (report["floor_ratios"], report["sqlite_floor_ratios"]) == ({LIST: 4.0}, {LIST: 8.0})
        assert report["older_ratios"] == dict.fromkeys(READS, 5.0)
        assert report["paid_orders"] == {"entrepot": 10, "vendure": 197}
        assert all(report["met"].values()), report["met"]
        assert json.loads(json.dumps(report)) == report

    @pytest.mark.parametrize(
        ("figures", "missed"),
        [
            (build_figures(list_rate=590.0), "list to Vendure"),
            (build_figures(floor=0.5), "list to asyncpg"),
            (build_figures(sold=11), "as many orders as units"),
            (build_figures(sold=9), "as many orders as units"),
        ],
    )
    def test_a_target_that_is_missed_is_named(self, figures: Figures, missed: str) -> None:
        assert [name for name, is_met in build_report(figures, {})["met"].items() if not is_met] == [missed]

    def test_tables_have_as_many_cells_in_each_row(self) -> None:
        printed = print_tables(build_figures(), "SQL")
        for table in printed.split("\n\n"):
            assert len({line.count("|") for line in table.strip().splitlines()}) == 1, table
        assert "| list | Entrepot | 600.0 | 1.0 times |" in printed
        assert "| list | Vendure | 50.0 | 12.0 times |" in printed

    def test_without_the_peer_there_are_no_ratios(self) -> None:
        figures = build_figures()
        alone = replace(figures, rows=[row for row in figures.rows if row.shop == "entrepot"])
        report = build_report(alone, {})
        assert report["ratios"] == {}
        assert "600.0" in print_tables(alone, "SQL")


class TestPicture:
    def test_bars_are_as_long_as_the_ratios(self) -> None:
        picture = draw_picture(build_report(build_figures(list_rate=300.0), {}))
        bars = [
            (kind, int(width)) for width, kind in re.findall(r'<rect [^>]*width="(\d+)"[^>]*class="(\w+)"', picture)
        ]
        ours = [width for kind, width in bars if kind == "ours"]
        others = [width for kind, width in bars if kind == "other"]
        assert len(ours) == len(others) == 4
        assert [round(one / other) for one, other in zip(ours, others, strict=True)] == [6, 12, 12, 12]

    def test_it_is_drawn_from_the_last_line_of_a_report(self, tmp_path: Path) -> None:
        report = build_report(build_figures(), {})
        printed, picture = tmp_path / "printed", tmp_path / "picture.svg"
        printed.write_text(f"| a table |\n{json.dumps(report)}\n")
        command = [sys.executable, "-m", "benchmarks.shop.picture", str(printed), str(picture)]
        subprocess.run(command, cwd=ROOT, check=True)
        assert picture.read_text() == draw_picture(report)


def test_unknown_cases_are_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.shop", "--only", "nothing"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert all(case in done.stderr for case in CASES)
