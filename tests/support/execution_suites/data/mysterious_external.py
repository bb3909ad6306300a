"""A Federation 1 extension whose external key is all it shares."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite, refs

SUITE = Suite(
    rows={
        "Product": {
            "1": {"id": "1", "name": "name-1", "price": 100},
            "2": {"id": "2", "name": "name-2", "price": 200},
        }
    },
    subgraphs={
        "price": Fixture(query={"cheapestProduct": Ref("Product", "1")}),
        "product": Fixture(query={"products": refs("Product", "1", "2")}),
    },
)
