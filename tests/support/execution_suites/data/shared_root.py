"""A root field that three subgraphs share, each with a part of the product."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite, refs

_ROOTS = Fixture(query={"product": Ref("Product", "1"), "products": refs("Product", "1")})

SUITE = Suite(
    rows={
        "Product": {
            "1": {
                "id": "1",
                "name": {"id": "1", "brand": "Brand 1", "model": "Model 1"},
                "category": {"id": "1", "name": "Category 1"},
                "price": {"id": "1", "amount": 1000, "currency": "USD"},
            }
        }
    },
    subgraphs={"category": _ROOTS, "name": _ROOTS, "price": _ROOTS},
)
