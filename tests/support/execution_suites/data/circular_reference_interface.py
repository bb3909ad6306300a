"""A book refers to another by an interface, and the other back to it; the price comes by a path."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite

SUITE = Suite(
    rows={
        "Book": {
            "1": {"id": "1", "price": 10.99, "samePriceProduct": Ref("Book", "3")},
            "3": {"id": "3", "price": 10.99, "samePriceProduct": Ref("Book", "1")},
        }
    },
    subgraphs={"a": Fixture(query={"product": Ref("Book", "1")})},
)
