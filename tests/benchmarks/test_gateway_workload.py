"""The workload of the gateway benchmark: data generated in the shape of the public data, or the files of BENCH_DIR."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from graphql import parse, validate

from benchmarks.gateway.generator import write_workload
from benchmarks.gateway.workload import FILES, HERE, Workload, WorkloadMissing, prepare_workload
from entrepot.router.app import build_router_app
from entrepot.router.config import RouterConfig
from entrepot.router.execution import AsgiTransport
from entrepot.router.supergraph import read_supergraph
from tests.support.asgi_client import AsgiClient
from tests.support.memory_subgraph import MemorySubgraph

PUBLIC_ANSWER_BYTES = 87_004
"""The router's answer to the public operation, from the same subgraphs over the public data."""
PUBLIC_OPERATION_BYTES = 964
USERS = [
    {"id": str(number), "name": f"{name} Example", "username": name.lower(), "birthday": 1979 + number}
    for number, name in enumerate(("Ada", "Bruno", "Chen", "Dana", "Emil", "Fatou"), 1)
]


@pytest.fixture(autouse=True)
def _without_public_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BENCH_DIR", raising=False)


def read(workload: Workload, name: str) -> list[dict[str, Any]]:
    return list(json.loads((workload.folder / f"{name}.json").read_text()))


def build_subgraphs(workload: Workload) -> dict[str, MemorySubgraph]:
    """The same data and answers as those of peers/subgraphs.mjs."""
    products = {product["upc"]: product for product in read(workload, "products")}
    users = {user["id"]: user for user in USERS}
    reviews = read(workload, "reviews")

    def review(row: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": row["id"],
            "body": row["body"],
            "product": lambda _info: reviewed({"upc": row["upc"]}),
            "author": lambda _info: reviewer({"id": "1"}),
        }

    def reviewed(key: dict[str, Any]) -> dict[str, Any]:
        return {"upc": key["upc"], "reviews": lambda _info: [review(x) for x in reviews if x["upc"] == key["upc"]]}

    def reviewer(key: dict[str, Any]) -> dict[str, Any]:
        return {**users[key["id"]], "reviews": lambda _info: [review(row) for row in reviews[:2]]}

    def stock(key: dict[str, Any]) -> dict[str, Any]:
        if "price" not in key:
            return {"upc": key["upc"], "inStock": int(key["upc"]) % 2 == 1}
        estimate = 0 if key["price"] > 1000 else key["weight"] // 2
        return {"upc": key["upc"], "inStock": int(key["upc"]) % 2 == 1, "shippingEstimate": estimate}

    behaviour: dict[str, dict[str, Any]] = {
        "accounts": {"root": {"users": USERS}, "entities": {"User": lambda key: users[key["id"]]}},
        "inventory": {"entities": {"Product": stock}},
        "products": {
            "root": {"topProducts": lambda _info, first: list(products.values())[:first]},
            "entities": {"Product": lambda key: products[key["upc"]]},
        },
        "reviews": {
            "entities": {
                "Product": reviewed,
                "User": reviewer,
                "Review": lambda key: review(next(row for row in reviews if row["id"] == key["id"])),
            }
        },
    }
    return {
        name: MemorySubgraph(name, (HERE / "schemas" / f"{name}.graphql").read_text(), **given)
        for name, given in behaviour.items()
    }


def test_the_same_seed_writes_the_same_bytes_and_another_seed_writes_others(tmp_path: Path) -> None:
    for name, seed in (("first", 5), ("second", 5), ("other", 6)):
        write_workload(tmp_path / name, seed)
    assert {path.name for path in (tmp_path / "first").iterdir()} == set(FILES)
    for name in FILES:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name
    for name in ("products.json", "reviews.json"):
        assert (tmp_path / "first" / name).read_bytes() != (tmp_path / "other" / name).read_bytes(), name


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_data_has_the_shape_of_the_public_data(tmp_path: Path, seed: int) -> None:
    workload = prepare_workload(tmp_path, 6700, seed)
    products, reviews = read(workload, "products"), read(workload, "reviews")
    assert [product["upc"] for product in products] == [str(number) for number in range(1, 10)]
    assert all(2 <= len(product["name"]) <= 6 and product["name"].isalpha() for product in products)
    assert all(10 <= product["price"] < 10**6 and 10 <= product["weight"] < 10**4 for product in products)
    assert [review["id"] for review in reviews] == [str(number) for number in range(1, 12)]
    assert Counter(review["upc"] for review in reviews) == {"1": 4, "2": 4, "3": 1, "4": 2}
    assert sorted({len(review["body"]) for review in reviews}) == [143, 275, 289, 445, 844]
    assert len({review["body"] for review in reviews}) == 5
    assert all(review["body"].isascii() and review["body"].endswith(".") for review in reviews)


def test_the_operations_are_valid_on_the_supergraph(tmp_path: Path) -> None:
    workload = prepare_workload(tmp_path, 6700, 1)
    schema = read_supergraph(workload.supergraph.read_text()).api_schema
    operations = {name: json.loads(body)["query"] for name, body in workload.requests.items()}
    for name, operation in operations.items():
        assert validate(schema, parse(operation)) == [], name
    assert len(operations["big"]) == pytest.approx(PUBLIC_OPERATION_BYTES, rel=0.1)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_answer_has_the_generated_data_and_the_size_of_the_public_one(tmp_path: Path, seed: int) -> None:
    workload = prepare_workload(tmp_path, 6700, seed)
    subgraphs = build_subgraphs(workload)
    client = AsgiClient(
        build_router_app(RouterConfig(), workload.supergraph.read_text(), transport=AsgiTransport(subgraphs))
    )
    answer = await client.post(body=workload.requests["big"])
    assert len(answer.body) == pytest.approx(PUBLIC_ANSWER_BYTES, rel=0.1)
    fetches = {name: len(subgraph.requests) for name, subgraph in subgraphs.items()}
    assert fetches == {"accounts": 2, "inventory": 1, "products": 2, "reviews": 1}
    assert "errors" not in answer.json
    data = answer.json["data"]
    products, reviews = read(workload, "products"), read(workload, "reviews")
    assert [user["username"] for user in data["users"]] == [user["username"] for user in USERS]
    for shown, product in zip(data["topProducts"], products[:5], strict=True):
        assert {name: shown[name] for name in product} == product
        assert isinstance(shown["inStock"], bool)
        assert isinstance(shown["shippingEstimate"], int)
        written = [review for review in reviews if review["upc"] == product["upc"]]
        assert [(one["id"], one["body"]) for one in shown["reviews"]] == [(one["id"], one["body"]) for one in written]
    deepest = data["users"][5]["reviews"][1]["product"]["reviews"][3]["author"]["reviews"][1]["product"]
    assert deepest == {name: value for name, value in data["topProducts"][0].items() if name != "reviews"}
    small = await client.post(body=workload.requests["small"])
    assert small.json == {"data": {"users": USERS}}


def test_bench_dir_names_the_public_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    public = tmp_path / "public"
    write_workload(public, 9)
    (public / "query.graphql").write_text("{ users { id } }")
    monkeypatch.setenv("BENCH_DIR", str(public))
    workload = prepare_workload(tmp_path, 6700, 1)
    assert workload.folder == public
    assert json.loads(workload.requests["big"]) == {"query": "{ users { id } }"}
    (public / "reviews.json").unlink()
    with pytest.raises(WorkloadMissing, match=r"has no reviews\.json\. Set it to .* or unset it"):
        prepare_workload(tmp_path, 6700, 1)
