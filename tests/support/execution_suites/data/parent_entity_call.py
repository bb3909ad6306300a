"""Details of a value without a key, reached through its parent."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite, refs

SUITE = Suite(
    rows={
        "Product": {
            "p1": {"id": "p1", "pid": "p1-pid", "category": Ref("Category", "c1")},
            "p2": {"id": "p2", "pid": "p2-pid", "category": Ref("Category", "c2")},
            "p3": {"id": "p3", "pid": "p3-pid", "category": Ref("Category", "c1")},
        },
        "Category": {
            "c1": {"id": "c1", "name": "Category 1", "details": {"products": 2}},
            "c2": {"id": "c2", "name": "Category 2", "details": {"products": 1}},
        },
    },
    subgraphs={"a": Fixture(query={"products": refs("Product", "p1", "p2", "p3")})},
)
