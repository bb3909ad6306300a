"""Requirements of requirements, one of them inaccessible to clients."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={
        "Product": {
            "p1": {
                "id": "p1",
                "price": 699.99,
                "hasDiscount": True,
                "isExpensive": True,
                "isExpensiveWithDiscount": False,
                "canAfford": False,
                "canAffordWithDiscount": True,
            }
        }
    },
    subgraphs={"b": Fixture(query={"product": Ref("Product", "p1")})},
)
