"""Mutations that must be done once and one after the other, and what is asked of their results."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={
        "Product": {
            "p1": {"id": "p1", "name": "Chair", "price": 40, "label": "Chair!"},
            "p2": {"id": "p2", "name": "Table", "price": 90, "label": "Table!"},
        },
        "Category": {"c1": {"id": "c1", "name": "Wood", "best": Ref("Product", "p1")}},
    },
    subgraphs={
        "products": Fixture(
            query={"product": lambda **asked: Ref("Product", asked["id"])},
            mutation={
                "addProduct": lambda **_: Ref("Product", "p2"),
                "touch": lambda **asked: Ref("Product", asked["id"]),
            },
        ),
        "prices": Fixture(
            mutation={
                "addCategory": lambda **_: Ref("Category", "c1"),
                "touch": lambda **asked: Ref("Product", asked["id"]),
            },
        ),
    },
)
