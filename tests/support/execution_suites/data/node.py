"""An interface that every subgraph has, over types that one of them fills."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={
        "Product": {"p-1": {"id": "p-1", "name": "Product 1", "price": 10}},
        "Category": {"pc-1": {"id": "pc-1", "name": "Category 1"}},
    },
    subgraphs={
        "node": Fixture(query={"productNode": Ref("Product", "p-1"), "categoryNode": Ref("Category", "pc-1")}),
    },
)
