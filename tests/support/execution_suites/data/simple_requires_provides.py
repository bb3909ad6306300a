"""Users, products and reviews: what is required, and what is provided."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite, refs

SUITE = Suite(
    rows={
        "User": {
            "u1": {"id": "u1", "name": "u-name-1", "username": "u-username-1", "reviews": refs("Review", "r1", "r2")}
        },
        "Review": {
            "r1": {"id": "r1", "body": "r-body-1", "author": Ref("User", "u1"), "product": Ref("Product", "p1")},
            "r2": {"id": "r2", "body": "r-body-2", "author": Ref("User", "u1"), "product": Ref("Product", "p2")},
        },
        "Product": {
            "p1": {
                "upc": "p1",
                "name": "p-name-1",
                "price": 11,
                "weight": 1,
                "inStock": True,
                "shippingEstimate": 110,
                "shippingEstimateTag": "#p1#110#",
                "reviews": refs("Review", "r1"),
            },
            "p2": {
                "upc": "p2",
                "name": "p-name-2",
                "price": 22,
                "weight": 2,
                "inStock": False,
                "shippingEstimate": 440,
                "shippingEstimateTag": "#p2#440#",
                "reviews": refs("Review", "r2"),
            },
        },
    },
    subgraphs={
        "accounts": Fixture(query={"me": Ref("User", "u1")}),
        "products": Fixture(query={"products": refs("Product", "p1", "p2")}),
    },
)
