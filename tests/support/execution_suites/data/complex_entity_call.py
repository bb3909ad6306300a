"""Keys of lists of keys, which several subgraphs in turn make complete."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite, refs

SUITE = Suite(
    rows={
        "ProductList": {
            "top": {
                "products": refs("Product", "1", "2"),
                "first": Ref("Product", "1"),
                "selected": Ref("Product", "2"),
            }
        },
        "Product": {
            "1": {"id": "1", "pid": "p1", "price": {"price": 100}, "category": Ref("Category", "c1")},
            "2": {"id": "2", "pid": "p2", "price": {"price": 200}, "category": Ref("Category", "c2")},
        },
        "Category": {
            "c1": {"id": "c1", "tag": "t1", "mainProduct": Ref("Product", "1")},
            "c2": {"id": "c2", "tag": "t2", "mainProduct": Ref("Product", "2")},
        },
    },
    subgraphs={"products": Fixture(query={"topProducts": Ref("ProductList", "top")})},
)
